"""Makes the live stream known to Django: its translations."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "huying.live"
