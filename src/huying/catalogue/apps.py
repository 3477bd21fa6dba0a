from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "huying.catalogue"
    verbose_name = "清单"
