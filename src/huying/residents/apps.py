"""Makes the pages of residents known to Django: templates, translations."""

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "huying.residents"
