"""Addresses of the command centre."""

from django.urls import path

from huying.desk.views import bulk, case, duplicates, duty, queue, requests

urlpatterns = [
    path("", queue.desk, name="desk"),
    path("rows/", queue.rows, name="desk-rows"),
    path("case/<str:number>/", case.pane, name="desk-case"),
    path("case/<str:number>/take/", case.take, name="desk-take"),
    path("case/<str:number>/<str:verb>/", case.act, name="desk-act"),
    path("together/", bulk.together, name="desk-bulk"),
    path("requests/", requests.waiting, name="desk-requests"),
    path("requests/<int:request_id>/<str:decision>/", requests.decide, name="desk-decide"),
    path("alike/<str:number>/<str:other>/", duplicates.alike, name="desk-alike"),
    path("duty/", duty.duty, name="desk-duty"),
    path("duty/<int:shift_id>/", duty.hand_over, name="desk-hand-over"),
    path("duty/<int:shift_id>/confirm/", duty.confirm, name="desk-confirm"),
]
