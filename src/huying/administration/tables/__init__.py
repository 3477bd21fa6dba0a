"""The tables that administration brings in, takes out and edits."""

from huying.administration.tables.base import Cells, Given, Records, Table
from huying.administration.tables.duties import HELD, ROSTER
from huying.administration.tables.people import PEOPLE
from huying.administration.tables.places import AREAS, BUILDINGS, ESTATES
from huying.administration.tables.units import UNITS
from huying.shared.errors import NotFound

TABLES = {table.name: table for table in (AREAS, ESTATES, BUILDINGS, UNITS, PEOPLE, HELD, ROSTER)}


def table_named(name: str) -> Table:
    """Raises NotFound when there is no such table."""
    found = next((table for table in TABLES.values() if table.name == name), None)
    if found is None:
        raise NotFound(what="表", key=name)
    return found


__all__ = [
    "AREAS",
    "BUILDINGS",
    "ESTATES",
    "HELD",
    "PEOPLE",
    "ROSTER",
    "TABLES",
    "UNITS",
    "Cells",
    "Given",
    "Records",
    "Table",
    "table_named",
]
