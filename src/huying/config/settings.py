"""Django's settings. Everything a user may change comes from `environment.py`."""

import secrets
from pathlib import Path

from huying.config import environment, translations
from huying.database.cluster import Cluster
from huying.database.private import made_once

PACKAGE = Path(__file__).parent.parent
translations.compile_stale()


def _database_url() -> str:
    return environment.DATABASE_URL or Cluster(environment.HOME).url()


SECRET_KEY = made_once(environment.HOME / "secret.key", lambda: secrets.token_urlsafe(48))
DEBUG = environment.DEBUG
ALLOWED_HOSTS = environment.ALLOWED_HOSTS
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "template_partials",
    "procrastinate.contrib.django",
    "huying.look",
    "huying.ledger",
    "huying.places",
    "huying.org",
    "huying.catalogue",
    "huying.messages",
    "huying.clocks",
    "huying.devices",
    "huying.cases",
    "huying.dispatch",
    "huying.intake",
    "huying.assessment",
    "huying.departments",
    "huying.patrol",
    "huying.desk",
    "huying.residents",
    "huying.cockpit",
    "huying.administration",
    "huying.config",
    "huying.live",
]
MIDDLEWARE = [
    "huying.config.cleanliness.CleanlinessMiddleware",
    "huying.config.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "huying.live.pages.LiveMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "huying.config.middleware.ActorMiddleware",
    "huying.config.middleware.RefusedMiddleware",
]
DATABASES = {"default": environment.database(_database_url())}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huying.look.preferences.look",
                "huying.config.workplaces.workplaces",
                "huying.config.tours.tours",
                "huying.live.pages.live",
            ]
        },
    }
]
AUTH_USER_MODEL = "org.User"
ROOT_URLCONF = "huying.config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = translations.folders()  # also of packages that are no Django apps
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # our jobs stand in one table: config/jobs.py
SITE = environment.SITE
PROXIES = environment.PROXIES
LIVE = environment.LIVE
MESSAGES_ALLOW_PRIVATE = environment.MESSAGES_ALLOW_PRIVATE
ARRIVAL_RADIUS_M = environment.ARRIVAL_RADIUS_M
TRACK_DAYS = environment.TRACK_DAYS
EVIDENCE_FOLDER = environment.HOME / "evidence"
UPLOADS_FOLDER = environment.HOME / "uploads"  # photos that came ahead of what names them
LOG_FOLDER = environment.HOME / "log"  # public: tiles, entries, checkpoint
LOG_KEYS = environment.HOME / "keys"  # readable by us alone
LOG_ORIGIN = environment.LOG_ORIGIN
LOG_WITNESSES = environment.WITNESSES
DOOR_FOLDER = environment.HOME / "door"  # counts of what came in, until the worker has added them up
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "config" / "static"]
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: nothing to collect
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/work/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # seconds: one shift
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.HTTPS
CSRF_TRUSTED_ORIGINS = environment.TRUSTED_ORIGINS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if environment.HTTPS else 0  # one year
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000  # bytes of a JSON body
