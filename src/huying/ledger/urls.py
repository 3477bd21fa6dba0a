"""Addresses of the published log, below /log/."""

from django.urls import path

from huying.ledger import pages

urlpatterns = [
    path("", pages.log, name="log"),
    path("checkpoint", pages.checkpoint, name="log-checkpoint"),
    path("tile/<path:rest>", pages.tile, name="log-tile"),
]
