"""Statistics over cases."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.timezone import make_aware

from huying.assessment.policy import Counts, Named, Statistics
from huying.cases import queries as cases
from huying.org.policy import Actor

UNKNOWN = "未知"  # the street or type of cases that name none

# First by place and category, so that the trees are joined to hundreds of groups and not to every case.
_COUNT = """
WITH counted AS (
    SELECT area_code, category_id,
           count(*) AS reported,
           count(*) FILTER (WHERE state = 'closed') AS closed,
           count(*) FILTER (WHERE state = 'closed' AND in_time) AS in_time,
           count(*) FILTER (WHERE state = 'closed' AND NOT in_time) AS overdue,
           count(*) FILTER (WHERE state = 'closed' AND in_time IS NULL) AS unknown
    FROM ({cases}) AS seen
    GROUP BY area_code, category_id
), placed AS (
    SELECT street.code AS street_code, street.name AS street, main.name AS type, counted.*
    FROM counted
    LEFT JOIN places_area AS street
        ON street.level = 'street' AND street.code = left(counted.area_code, length(street.code))
    LEFT JOIN catalogue_category AS category ON category.id = counted.category_id
    LEFT JOIN catalogue_category AS main ON main.id = coalesce(category.root_id, category.id)
)
SELECT CASE WHEN grouping(street_code) = 0 THEN 'street' WHEN grouping(type) = 0 THEN 'type' ELSE 'total' END,
       coalesce(street, type, %s),
       coalesce(sum(reported), 0)::bigint, coalesce(sum(closed), 0)::bigint,
       coalesce(sum(in_time), 0)::bigint, coalesce(sum(overdue), 0)::bigint, coalesce(sum(unknown), 0)::bigint
FROM placed
GROUP BY GROUPING SETS ((), (street_code, street), (type))
ORDER BY 3 DESC, 2
"""


def statistics(
    actor: Actor, *, source: str = "", first: date | None = None, last: date | None = None
) -> Statistics:
    """Count what the actor may see, in all, by street and by main category. One statement.

    source: only cases of this origin ("pingshan"); "" = all. first, last: days of the report, both included,
    in the time zone of the installation. Types of one name count together, whichever catalogue they stand in.
    """
    chosen = cases.visible(actor)
    if source:
        chosen = chosen.filter(source=source)
    if first:
        chosen = chosen.filter(reported_at__gte=_start(first))
    if last:
        chosen = chosen.filter(reported_at__lt=_start(last + timedelta(days=1)))
    columns = chosen.order_by().values("area_code", "category_id", "state", "in_time")
    try:
        sql, parameters = columns.query.sql_with_params()
    except EmptyResultSet:  # the actor may see nothing at all
        return Statistics(Counts(), (), ())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(cases=sql), [*parameters, UNKNOWN])
        rows = cursor.fetchall()
    groups: Mapping[str, list[Named]] = {"total": [], "street": [], "type": []}
    for group, name, *counts in rows:
        groups[group].append(Named(name, Counts(*counts)))
    return Statistics(groups["total"][0].counts, tuple(groups["street"]), tuple(groups["type"]))


def _start(day: date) -> datetime:
    return make_aware(datetime.combine(day, time()))
