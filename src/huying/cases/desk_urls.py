"""The address of the command centre's list of work."""

from django.urls import path

from huying.cases import views

urlpatterns = [path("", views.desk, name="desk")]
