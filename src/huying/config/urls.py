"""Every address of the site."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from huying.config import health, views
from huying.config.api import api
from huying.config.signing_in import SignIn

# prefix: module with `urlpatterns`. A package that has no pages yet is passed over.
PAGES = {
    "": "huying.cases.receipt_urls",
    "look/": "huying.look.urls",
    "cases/": "huying.cases.urls",
    "cases/<str:number>/": "huying.desk.case_urls",
    "log/": "huying.ledger.urls",
    "grid/": "huying.patrol.urls",
    "unit/": "huying.departments.urls",
    "cockpit/": "huying.cockpit.urls",
    "devices/": "huying.devices.urls",
    "desk/": "huying.desk.urls",
    "admin/": "huying.administration.urls",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("huying.residents.urls")),
    path("work/", views.work, name="work"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("password/", views.password, name="password"),
    path("accounts/", views.accounts, name="accounts"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("api/v1/", api.urls),
    *(path(prefix, include(module)) for prefix, module in PAGES.items() if find_spec(module)),
]
handler404 = "huying.config.views.not_found"
handler500 = "huying.config.views.broken"
