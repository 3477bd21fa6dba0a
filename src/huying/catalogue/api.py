"""The catalogues for everybody: what may be reported and how long it takes."""

from datetime import date

from django.http import HttpRequest
from django.utils.timezone import localdate
from ninja import Router, Schema

from huying.catalogue import queries
from huying.catalogue.models import Category, Edition
from huying.catalogue.queries import Branch
from huying.shared.ids import CategoryId
from huying.shared.shapes import Day, Id, Name

router = Router(tags=["categories"], auth=None)  # public: a resident needs it to report


class CategoryOut(Schema):
    id: int
    code: str
    name: str
    kind: str
    depth: int
    level: str
    self_handling: bool
    urgent: bool


class BranchOut(CategoryOut):
    children: "list[BranchOut]"


class EditionOut(Schema):
    id: int
    scheme: str
    name: str
    state: str
    effective_from: date
    effective_to: date | None
    source: str


class TreeOut(EditionOut):
    categories: list[BranchOut]


class ConditionOut(Schema):
    id: int
    number: int
    filing: str
    closing: str
    limit_amount: int
    limit_type: str
    limit_text: str
    urgent: bool
    lead_text: str
    supervisor_text: str
    co_text: str


class StepOut(Schema):
    id: int
    code: str
    name: str


class DetailOut(CategoryOut):
    edition: EditionOut
    path: list[StepOut]  # from the main category to this one
    limit_amount: int  # when filed without a condition
    limit_type: str
    conditions: list[ConditionOut]


@router.get("/categories", response=list[TreeOut])
def list_categories(
    request: HttpRequest, on: Day | None = None, scheme: Name = ""
) -> list[dict[str, object]]:
    """List the editions in force on a day (default: today), each with its tree."""
    return [
        _columns(EditionOut, edition) | {"categories": [_branch(each) for each in queries.tree(edition)]}
        for edition in queries.editions(on or localdate(), scheme)
    ]


@router.get("/categories/{category_id}", response=DetailOut)
def get_category(request: HttpRequest, category_id: Id) -> dict[str, object]:
    """Show a category of an edition in force, past or present, with its filing conditions and limits."""
    filing = queries.filing(CategoryId(category_id))
    category = queries.category_by_id(filing.category_id)
    return _columns(CategoryOut, category) | {
        "edition": category.edition,
        "path": queries.path(category),
        "limit_amount": filing.limit_amount,
        "limit_type": filing.limit_type,
        "level": filing.level,
        "conditions": list(queries.conditions(filing.category_id)),
    }


def _columns(schema: type[Schema], row: Category | Edition) -> dict[str, object]:
    return {name: getattr(row, name) for name in schema.model_fields}


def _branch(branch: Branch) -> dict[str, object]:
    return _columns(CategoryOut, branch.category) | {"children": [_branch(each) for each in branch.children]}
