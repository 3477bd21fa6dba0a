"""The addresses of the switches and of the tours."""

from django.urls import path

from huying.look import views

urlpatterns = [
    path("", views.prefer, name="prefer"),
    path("tour/", views.finish_tour, name="tour-seen"),
]
