"""Addresses below /admin/."""

from django.urls import path

from huying.administration.views import imports, overview, people, places, records, roster, rules

app_name = "administration"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("roster/", roster.roster, name="roster"),
    path("roster/shifts/", roster.schedule, name="schedule"),
    path("roster/shifts/<int:shift_id>/cancel/", roster.cancel, name="cancel"),
    path("limits/", rules.limits, name="limits"),
    path("calendar/", rules.calendar, name="calendar"),
    path("calendar/<uuid:upload_id>/", rules.calendar_preview, name="calendar_preview"),
    path("catalogue/", rules.catalogue, name="catalogue"),
    path("catalogue/<int:edition_id>/", rules.edition, name="edition"),
    path("catalogue/<uuid:upload_id>/", rules.catalogue_preview, name="catalogue_preview"),
    path("sources/", rules.sources, name="sources"),
    path("imports/<uuid:upload_id>/", imports.preview, name="preview"),
    path("imports/<uuid:upload_id>/apply/", imports.apply, name="apply"),
    path("imports/<uuid:upload_id>/errors.xlsx", imports.broken, name="broken"),
    path("tables/<str:table>/import/", imports.upload, name="upload"),
    path("tables/<str:table>/template.xlsx", records.template, name="template"),
    path("tables/<str:table>/export.<str:form>", records.export, name="export"),
    path("people/<int:staff_id>/account/", people.account, name="account"),
    path("people/<int:staff_id>/roles/", people.grant, name="grant"),
    path("people/<int:staff_id>/roles/<int:grant_id>/revoke/", people.revoke, name="revoke"),
    path("people/<int:staff_id>/leave/", people.dismiss, name="dismiss"),
    path("buildings/<str:ref>/volunteers/", places.enrol_volunteer, name="enrol"),
    path("<str:table>/<str:ref>/responsible/", places.make_responsible, name="make_responsible"),
    path("<str:table>/<str:ref>/responsible/<int:held_id>/release/", places.release, name="release"),
    path("<str:table>/<str:ref>/void/", places.void, name="void"),
    path("<str:table>/new/", records.new, name="new"),
    path("<str:table>/", records.records, name="records"),
    path("<str:table>/<str:ref>/", records.record, name="record"),
]
