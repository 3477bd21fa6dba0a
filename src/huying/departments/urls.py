"""Addresses of the workplace of departments."""

from django.urls import path

from huying.departments.views import day, room

urlpatterns = [
    path("", room.room, name="unit"),
    path("day/", day.day, name="unit-day"),
    path("<str:number>/", room.case, name="unit-case"),
    path("<str:number>/plan/", day.plan, name="unit-plan"),
    path("<str:number>/unplan/", day.unplan, name="unit-unplan"),
    path("<str:number>/<str:name>/", room.deed, name="unit-deed"),
]
