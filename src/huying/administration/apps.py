"""Makes the pages of administration known to Django: staged uploads, templates, translations."""

from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "huying.administration"
