"""Addresses of the workplace of the grid."""

from django.urls import path

from huying.patrol.views import offline, tasks

urlpatterns = [
    path("", tasks.tasks, name="grid"),
    path("manifest.webmanifest", offline.manifest, name="grid_manifest"),
    path("sw.js", offline.service_worker, name="grid_worker"),
    path("outbox/", offline.outbox, name="grid_outbox"),
    path("offline/", offline.unreachable, name="grid_offline"),
]
