"""Addresses of devices."""

from django.urls import path

from huying.devices import views

urlpatterns = [path("", views.devices, name="devices")]
