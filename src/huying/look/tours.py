"""Tours: a few words beside the things a page is made of. The words stand in templates/look/tours/."""

from dataclasses import dataclass

NAMES = frozenset(
    {
        "administrator",
        "commander",
        "community_worker",
        "grid_worker",
        "leader",
        "supervisor",
        "unit_worker",
    }
)  # a template each


@dataclass(frozen=True, slots=True)
class Tour:
    """name: one of NAMES; path: the page it is shown on."""

    name: str
    path: str

    @property
    def template(self) -> str:
        return f"look/tours/{self.name}.html"
