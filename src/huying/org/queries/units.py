"""Units and whom they belong to."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.db.models import Q, QuerySet

from huying.database import hot
from huying.org.models import Appointment, Post, Responsibility, RoleGrant, Staff, Unit
from huying.org.models.spans import holds
from huying.org.states import UnitKind
from huying.shared.errors import Incomplete, NotFound
from huying.shared.ids import StaffId, UnitId
from huying.shared.sentences import Sentence

# Name and end of units, by id, as JSON: what `require_open` decides by. Its parameter: their ids.
ENDS = """
(SELECT coalesce(json_object_agg(id, json_build_array(name, closed_at)), '{}')
 FROM org_unit WHERE id = ANY(%s::bigint[]))::text
"""


def unit(unit_id: UnitId, *, at: datetime | None = None) -> Unit:
    """Return a unit; at: it must still be open then, None = closed ones too.

    Raises NotFound, or Incomplete for a unit that is closed.
    """
    found = Unit.objects.select_related("area").filter(pk=unit_id).first()
    if found is None:
        raise NotFound(what="单位", key=unit_id)
    if at and found.closed_at and found.closed_at <= at:
        raise Incomplete(reason=Sentence("{found}已撤销", found=found.name))
    return found


def require_open(unit_ids: Sequence[UnitId], ends: str | None = None) -> None:
    """Raise NotFound for the first unit that never was, Incomplete for one that is closed.

    ends: what ENDS told of them, where that was asked along with something else.
    """
    if ends is None:
        ((ends,),) = hot.fetch(f"SELECT {ENDS}", [hot.array(unit_ids)])
    found = orjson.loads(ends)
    for unit_id in unit_ids:
        if str(unit_id) not in found:
            raise NotFound(what="单位", key=unit_id)
        name, closed_at = found[str(unit_id)]
        if closed_at is not None:
            raise Incomplete(reason=Sentence("{name}已撤销", name=name))


def unit_by_code(code: str) -> Unit:
    """Return a unit, closed ones too. Raises NotFound."""
    found = Unit.objects.select_related("area").filter(code=code).first()
    if found is None:
        raise NotFound(what="单位", key=code)
    return found


def units(*, area_prefix: str = "", kind: UnitKind | None = None) -> QuerySet[Unit]:
    """Return the units that are open now, by code; area_prefix: only those of an area below it."""
    found = Unit.objects.filter(closed_at=None).select_related("area", "line_parent", "local_parent")
    if area_prefix:
        found = found.filter(area__code__startswith=area_prefix)
    return (found.filter(kind=kind) if kind else found).order_by("code")


def unit_names(*, closed_too: bool = False) -> dict[UnitId, str]:
    """Return what people call each unit."""
    found = Unit.objects.all() if closed_too else Unit.objects.filter(closed_at=None)
    return {UnitId(pk): name for pk, name in found.values_list("pk", "name")}


def area_of_staff(staff_id: StaffId, at: datetime) -> str:
    """Return the area somebody works in: of the unit of a post, else of a place held, else ""."""
    posts = Appointment.objects.filter(holds(at), staff=staff_id, post__unit__area__isnull=False)
    held = Responsibility.objects.filter(holds(at), staff=staff_id)
    code = (
        posts.order_by("-kind", "pk").values_list("post__unit__area__code", flat=True).first()
        or held.exclude(area=None).order_by("pk").values_list("area__code", flat=True).first()
        or held.exclude(building=None).order_by("pk").values_list("building__area__code", flat=True).first()
    )
    return str(code or "")


def colleagues(unit_id: UnitId, *, at: datetime) -> dict[int, str]:
    """Return the names of those who fill a post of the unit or act for it, by id, in the order of names."""
    seated = Q(pk__in=Appointment.objects.filter(holds(at), post__unit=unit_id).values("staff"))
    acting = Q(pk__in=RoleGrant.objects.filter(holds(at), unit=unit_id).values("staff"))
    there = Staff.objects.filter(Q(left_at=None) | Q(left_at__gt=at))
    return dict(there.filter(seated | acting).order_by("name", "pk").values_list("pk", "name"))


def unit_area(code: str) -> str:
    """Return the code of the area of a unit, "" for one without. Raises NotFound."""
    found = unit_by_code(code)
    return found.area.code if found.area else ""


def has_post(unit_code: str, name: str) -> bool:
    """Tell whether a unit has a post of this name."""
    return Post.objects.filter(unit__code=unit_code, name=name).exists()


def staff_by_number(number: str) -> StaffId:
    """Return who has this number of the employer. Raises NotFound."""
    found = Staff.objects.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(what="人员", key=number)
    return StaffId(found)
