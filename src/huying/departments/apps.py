"""Makes the workplace of departments known to Django."""

from django.apps import AppConfig


class DepartmentsConfig(AppConfig):
    name = "huying.departments"
