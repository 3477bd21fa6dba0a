"""The page of one case, below /cases/NUMBER/."""

from django.urls import path

from huying.desk.views import case

urlpatterns = [
    path("", case.page, name="case"),
    path("point/", case.point, name="case-point"),
]
