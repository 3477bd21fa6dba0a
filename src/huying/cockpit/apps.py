"""Makes the cockpit known to Django: templates, translations."""

from django.apps import AppConfig


class CockpitConfig(AppConfig):
    name = "huying.cockpit"
