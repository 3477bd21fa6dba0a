"""The small street of `cases`, photos in a folder of their own."""

import pytest
from django.db import connection
from pytest_django import Settings
from tests.cases.conftest import cast

__all__ = ["cast"]  # a fixture


@pytest.fixture(autouse=True)
def _own_photos(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.EVIDENCE_FOLDER = tmp_path_factory.mktemp("evidence")


@pytest.fixture(autouse=True)
def _nobody_is_of_the_cast(db: None) -> None:
    """Whoever is hired has another number than the cast, whose people are in no roster."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('org_staff_id_seq', greatest(1000, nextval('org_staff_id_seq')))")
