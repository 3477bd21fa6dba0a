"""Everything that changes places. `actor` is the pseudonym of the one who acts: "staff:12", "system"."""

from huying.places.actions.imports import import_areas, set_boundary
from huying.places.actions.stock import add_building, add_estate, register_site, void_building
from huying.places.actions.stock_imports import import_buildings, import_estates
from huying.places.actions.tree import create_area, edit_area, ensure_area, set_code_rule, void_area

__all__ = [
    "add_building",
    "add_estate",
    "create_area",
    "edit_area",
    "ensure_area",
    "import_areas",
    "import_buildings",
    "import_estates",
    "register_site",
    "set_boundary",
    "set_code_rule",
    "void_area",
    "void_building",
]
