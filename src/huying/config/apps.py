from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """An app only for the table of job runs."""

    name = "huying.config"
    verbose_name = "配置"
