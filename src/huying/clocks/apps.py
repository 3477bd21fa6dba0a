from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "huying.clocks"
    verbose_name = "时限"
