from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "huying.dispatch"
    verbose_name = "分拨"
