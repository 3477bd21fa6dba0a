from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huying.cases"
    verbose_name = "事件"
