"""Addresses of the workplace of the grid."""

from django.urls import path

from huying.patrol.views import buildings, case, ground, offline, report, tasks, walks

urlpatterns = [
    path("", tasks.tasks, name="grid"),
    path("manifest.webmanifest", offline.manifest, name="grid_manifest"),
    path("sw.js", offline.service_worker, name="grid_worker"),
    path("outbox/", offline.outbox, name="grid_outbox"),
    path("offline/", offline.unreachable, name="grid_offline"),
    path("report/", report.report, name="grid_report"),
    path("solve/", report.solve, name="grid_solve"),
    path("map/", ground.ground, name="grid_map"),
    path("points/", ground.points, name="grid_points"),
    path("walks/", walks.walks, name="grid_walks"),
    path("walks/out/", walks.set_out, name="grid_set_out"),
    path("walks/<int:walk_id>/", walks.walk, name="grid_walk"),
    path("walks/<int:walk_id>/track/", walks.track, name="grid_track"),
    path("walks/<int:walk_id>/back/", walks.come_back, name="grid_come_back"),
    path("buildings/", buildings.buildings, name="grid_buildings"),
    path("buildings/<str:code>/", buildings.building, name="grid_building"),
    path("buildings/<str:code>/facts/", buildings.state, name="grid_fact"),
    path("buildings/<str:code>/facts/<int:fact_id>/end/", buildings.end, name="grid_fact_end"),
    path("buildings/<str:code>/personal/", buildings.personal, name="grid_personal"),
    path("<str:number>/", case.case, name="grid_case"),
    path("<str:number>/<str:name>/", case.deed, name="grid_deed"),
]
