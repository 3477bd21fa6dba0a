"""Reading what dispatch proposes: a unit for a case, a category for a text."""

from huying.dispatch.queries.routing import (
    FRESH,
    HISTORY,
    MOST,
    MOST_AT_ONCE,
    Advice,
    OverrideRate,
    advice,
    advice_for,
    decisions,
    forget,
    is_due,
    learn_anew,
    model,
    override_rate,
)
from huying.dispatch.queries.subjects import (
    are_subjects_due,
    forget_subjects,
    learn_subjects_anew,
    likely_categories,
)
from huying.dispatch.queries.twins import Twin, twins

__all__ = [
    "FRESH",
    "HISTORY",
    "MOST",
    "MOST_AT_ONCE",
    "Advice",
    "OverrideRate",
    "Twin",
    "advice",
    "advice_for",
    "are_subjects_due",
    "decisions",
    "forget",
    "forget_subjects",
    "is_due",
    "learn_anew",
    "learn_subjects_anew",
    "likely_categories",
    "model",
    "override_rate",
    "twins",
]
