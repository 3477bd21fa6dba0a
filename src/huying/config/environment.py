"""The environment variables Huying reads, each in one place. `docs/settings.md` lists them."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOME = Path(os.environ.get("HUYING_HOME") or "var").absolute()  # data folder
BACKUPS = Path(os.environ.get("HUYING_BACKUPS") or HOME / "backups").absolute()  # and archive
DATABASE_URL = os.environ.get("HUYING_DATABASE_URL", "")  # empty = embedded PostgreSQL
ALLOW_NO_CHECKSUMS = os.environ.get("HUYING_ALLOW_NO_CHECKSUMS") == "1"  # an external server without them
LOG_ORIGIN = os.environ.get("HUYING_LOG_ORIGIN", "")  # name of the log; empty = one made up and kept
WITNESSES = os.environ.get(
    "HUYING_WITNESSES", ""
)  # "vkey url, vkey url", or the path of a file of such lines
DEBUG = os.environ.get("HUYING_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("HUYING_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]").split()
HTTPS = os.environ.get("HUYING_HTTPS") == "1"  # behind a proxy that speaks TLS and sets X-Forwarded-Proto
PROXIES = int(os.environ.get("HUYING_PROXIES") or 0)  # of ours between a caller and the site
TRUSTED_ORIGINS = os.environ.get("HUYING_TRUSTED_ORIGINS", "").split()  # e.g. https://huying.example.cn
SITE = os.environ.get("HUYING_SITE", "").rstrip("/")  # public address, for links in messages
LIVE = os.environ.get("HUYING_LIVE", "")  # where pages find the stream: ":8001", "/live/", "" = nowhere
MESSAGES_ALLOW_PRIVATE = os.environ.get("HUYING_MESSAGES_ALLOW_PRIVATE") == "1"  # outlets in our own network
ARRIVAL_RADIUS_M = int(os.environ.get("HUYING_ARRIVAL_RADIUS_M") or 200)  # farther away needs a reason
TRACK_DAYS = int(os.environ.get("HUYING_TRACK_DAYS") or 30)  # how long the line of a patrol is kept


def database(url: str) -> dict[str, object]:
    """Return Django's DATABASES entry for postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if pair)
    return {
        "ENGINE": "huying.database.backend",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": None,  # a web process keeps its connections
        "CONN_HEALTH_CHECKS": True,
        # Django's default None means: prepare nothing, not even what asks for it (database/hot.py). What
        # does not ask is prepared when it has run this often on a connection: never.
        "OPTIONS": {"prepare_threshold": 1_000_000_000},
    }
