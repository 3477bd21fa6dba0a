"""Makes the common look known to Django: templates, tags, translations."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "huying.look"
