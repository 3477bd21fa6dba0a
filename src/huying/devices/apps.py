"""Makes the register of devices known to Django."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "huying.devices"
