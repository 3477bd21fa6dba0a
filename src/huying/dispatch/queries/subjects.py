"""Which categories a text may belong to: learned by the worker, answered by every process."""

from datetime import UTC, date, datetime, timedelta
from threading import Lock

from huying.cases import queries as cases
from huying.catalogue import queries as catalogue
from huying.clocks.policy import SHANGHAI
from huying.dispatch.models import LearnedSubjects
from huying.dispatch.policy import Likely, Subject, Subjects, learn_subjects, likely, unpacked_subjects
from huying.shared.brief import Brief
from huying.shared.errors import Incomplete

HISTORY = timedelta(days=730)  # older cases were filed under older catalogues
MOST = 200_000  # newest cases a worker learns from: about 15 s
MOST_AT_ONCE = 10_000  # where somebody waits for it: about 1 s
FRESH = timedelta(minutes=30)  # learned anew after so long
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LOOK_SECONDS = 60.0  # how often a process looks whether the worker learned anew

_learning = Lock()  # one thread reads or learns, the others wait for it
_held: Brief[str, Subjects] = Brief(LOOK_SECONDS)


def likely_categories(text: str, *, limit: int = 3) -> list[Likely]:
    """Return the categories the text may belong to, best first; empty when nothing in it is known.

    Only a proposal, with its reasons: whoever reports or accepts decides.
    """
    with _learning:
        learned = _held.get("", _kept)
    return likely(learned, text, limit=limit)


def learn_subjects_anew(*, now: datetime, most: int = MOST) -> Subjects:
    """Learn from the newest `most` cases before `now`, for the categories in force on that day."""
    subjects = _subjects(now.astimezone(SHANGHAI).date())
    return learn_subjects(_past(subjects, now - HISTORY, now, most), subjects, now=now)


def are_subjects_due(*, now: datetime) -> bool:
    """Tell whether nothing is kept that serves a while yet."""
    return not LearnedSubjects.objects.filter(learned_at__gt=now - FRESH, learned_at__lte=now).exists()


def forget_subjects() -> None:
    """Have the next question look up anew what was learned."""
    _held.forget()


def _kept() -> Subjects:
    """Return what the worker kept; where it kept nothing, what the newest cases teach here and now."""
    content = LearnedSubjects.objects.values_list("content", flat=True).first()
    subjects = _subjects(date.max)
    try:
        if content is not None:
            return unpacked_subjects(bytes(content), subjects)
    except Incomplete:  # a worker of the new version will replace it
        pass
    return learn_subjects(_past(subjects, EVER, NEVER, MOST_AT_ONCE), subjects, now=EVER)


def _subjects(on: date) -> list[Subject]:
    return [Subject(each.category_id, each.path, each.described) for each in catalogue.subjects(on)]


def _past(subjects: list[Subject], since: datetime, until: datetime, most: int) -> list[tuple[int, str]]:
    """Return (category, text); a case of an older edition counts for the category that took its code over."""
    heirs = catalogue.heirs({each.category_id for each in subjects})
    filed = cases.filed_texts(since, until, most=most)
    return [(heirs.get(category_id, category_id), text) for category_id, text in filed]
