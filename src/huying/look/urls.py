"""The address of the switches."""

from django.urls import path

from huying.look import views

urlpatterns = [path("", views.prefer, name="prefer")]
