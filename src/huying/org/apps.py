from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "huying.org"
    verbose_name = "组织"
