"""Addresses for who holds a receipt, below /."""

from django.urls import path

from huying.cases import views

urlpatterns = [
    path("receipt/", views.receipt, name="receipt"),
    path("verify/", views.verify, name="verify"),
]
