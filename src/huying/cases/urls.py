"""Addresses of the plain pages of cases."""

from django.urls import path

from huying.cases import views

urlpatterns = [path("", views.case_list, name="cases")]
