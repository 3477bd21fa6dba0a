"""Makes the workplace of the grid known to Django."""

from django.apps import AppConfig


class PatrolConfig(AppConfig):
    name = "huying.patrol"
