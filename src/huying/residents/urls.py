"""Addresses of residents, and of the page on which staff release a case."""

from django.urls import path

from huying.residents.views import around, mine, release, report, who

urlpatterns = [
    path("", report.home, name="home"),
    path("report/places/", report.places_meant, name="report-places"),
    path("report/nearby/", report.nearby, name="report-nearby"),
    path("report/join/", report.join, name="report-join"),
    path("mine/", mine.index, name="mine"),
    path("mine/forget/", mine.forget, name="mine-forget"),
    path("mine/<str:number>/", mine.thread, name="thread"),
    path("mine/<str:number>/sent/", mine.sent, name="sent"),
    path("mine/<str:number>/say/", mine.say, name="thread-say"),
    path("mine/<str:number>/evaluate/", mine.evaluate, name="thread-evaluate"),
    path("mine/<str:number>/reopen/", mine.reopen, name="thread-reopen"),
    path("mine/<str:number>/photo/<str:sha256>/", mine.photo, name="thread-photo"),
    path("around/", around.index, name="around"),
    path("around/points.json", around.points, name="around-points"),
    path("around/<str:number>/", around.detail, name="around-case"),
    path("who/", who.index, name="who"),
    path("who/sheet/<str:code>/", who.sheet, name="who-sheet"),
    path("who/<str:code>/qr/", who.sticker, name="who-sticker"),
    path("cases/<str:number>/publish/", release.publish, name="publish"),
]
