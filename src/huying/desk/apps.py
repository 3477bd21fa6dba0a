from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "huying.desk"
    verbose_name = "指挥室"
