"""Django's settings. Everything a user may change comes from `environment.py`."""

import secrets
from contextlib import suppress
from pathlib import Path

from huying.config import environment

PACKAGE = Path(__file__).parent.parent


def _secret_key() -> str:
    """Read the installation's secret, made once under HUYING_HOME."""
    file = environment.HOME / "secret.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # the first of two simultaneous starts wins
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text()


def _database_url() -> str:
    from huying.database import cluster

    return environment.DATABASE_URL or cluster.url()


SECRET_KEY = _secret_key()
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
    "huying.ledger",
    "huying.places",
    "huying.org",
    "huying.catalogue",
    "huying.clocks",
    "huying.cases",
    "huying.dispatch",
    "huying.intake",
    "huying.assessment",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_USER_MODEL = "org.User"
ROOT_URLCONF = "huying.config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STATIC_ROOT = environment.HOME / "static"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/cases/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # seconds: one shift
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000  # bytes of a JSON body
