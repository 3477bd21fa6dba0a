"""Addresses below /admin/."""

from django.urls import path

from huying.administration.views import imports, overview, records, roster

app_name = "administration"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("roster/", roster.roster, name="roster"),
    path("imports/<uuid:upload_id>/", imports.preview, name="preview"),
    path("imports/<uuid:upload_id>/apply/", imports.apply, name="apply"),
    path("imports/<uuid:upload_id>/errors.xlsx", imports.broken, name="broken"),
    path("tables/<str:table>/import/", imports.upload, name="upload"),
    path("tables/<str:table>/template.xlsx", records.template, name="template"),
    path("tables/<str:table>/export.<str:form>", records.export, name="export"),
    path("<str:table>/new/", records.new, name="new"),
    path("<str:table>/", records.records, name="records"),
    path("<str:table>/<str:ref>/", records.record, name="record"),
]
