"""Addresses of the cockpit."""

from django.urls import path

from huying.cockpit import views

urlpatterns = [
    path("", views.wall, name="cockpit"),
    path("drawn/", views.drawn, name="cockpit-drawn"),
    path("playback/", views.playback, name="cockpit-playback"),
    path("playback/steps/", views.steps, name="cockpit-steps"),
    path("tables/", views.tables, name="cockpit-tables"),
]
