"""Addresses of the workplace of the grid."""

from django.urls import path

from huying.patrol.views import tasks

urlpatterns = [
    path("", tasks.tasks, name="grid"),
]
