"""Cases come into being: reports by any channel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection

from huying.cases.actions.numbering import Known, New, Wanted, known_or_new
from huying.cases.actions.opening import BLANK, opened
from huying.cases.policy.claims import told
from huying.cases.policy.moves import check_may_report
from huying.cases.policy.reports import Report, Reporter, check_found, check_report
from huying.cases.states import State, Verb
from huying.catalogue import queries as catalogue
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.actions import NewDeadline
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.database import hot
from huying.database.group_commit import GroupCommit
from huying.database.waking import wake_after_commit
from huying.messages.actions import queued
from huying.messages.policy import Event
from huying.org.policy import Actor
from huying.shared.errors import KeyReused, Refused

GROUP = 64  # reports of one transaction at most
ATTEMPTS = 5  # each finds at least one report that another process has just filed


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a report: the same for the first and for every repeated sending."""

    number: str
    state: State
    reported_at: datetime
    created: bool  # False: it had been received before


@dataclass(frozen=True, slots=True)
class _Filing:
    """A report that may be filed, who sends it and when."""

    sent: Report
    actor: Actor
    now: datetime

    @property
    def identity(self) -> tuple[str, str]:
        return self.sent.source, self.sent.key


def report(sent: Report, *, actor: Actor, now: datetime) -> Reported:
    """File one report and start its clock. A (source, key) seen before is answered as it was.

    Raises Incomplete, NotFound for an unknown category, NotPermitted, and KeyReused for a known key with
    another content.
    """
    filing = _checked(sent, actor, now)
    answer = _file([filing])[0] if connection.in_atomic_block else _group.do(filing)
    if isinstance(answer, Refused):
        raise answer
    return answer


def report_each(sent: Sequence[tuple[Report, Actor]], *, now: datetime) -> list[Reported | Refused]:
    """File each report that can be filed, all of them in one transaction; answer in their order.

    One that is refused keeps no other from being filed.
    """
    answers: list[Reported | Refused | None] = [None] * len(sent)
    filings: dict[int, _Filing] = {}
    for place, (each, actor) in enumerate(sent):
        try:
            filings[place] = _checked(each, actor, now)
        except Refused as refused:
            answers[place] = refused
    for place, answer in zip(filings, _file(list(filings.values())), strict=True):
        answers[place] = answer
    return [answer for answer in answers if answer is not None]


def _checked(sent: Report, actor: Actor, now: datetime) -> _Filing:
    check_may_report(actor)
    check_report(sent)
    check_found(sent.found_at, now)
    if sent.category_id is not None:
        catalogue.check_category(sent.category_id)
    return _Filing(sent, actor, now)


def _file(filings: Sequence[_Filing]) -> list[Reported | Refused]:
    """Number, store, start the clocks, record. The only place where a reported case is made."""
    if not filings:
        return []
    for _ in range(ATTEMPTS - 1):
        try:
            return _file_unseen(filings)
        except IntegrityError as error:
            if "case_reported_once" not in str(error):
                raise
    return _file_unseen(filings)  # the same reports came by other processes at the same moment


def _file_unseen(filings: Sequence[_Filing]) -> list[Reported | Refused]:
    """File what is new; answer the rest from what was filed before."""
    first: dict[tuple[str, str], _Filing] = {}
    for each in filings:
        first.setdefault(each.identity, each)
    found = dict(zip(first, known_or_new([_wanted(each) for each in first.values()]), strict=True))
    fresh = [(first[key], new) for key, new in found.items() if isinstance(new, New)]
    if fresh:
        _store(fresh)
    return [_answer(each, first[each.identity], found[each.identity]) for each in filings]


def _answer(filing: _Filing, first: _Filing, found: Known | New) -> Reported | Refused:
    """Tell one sender. first: the filing among these under the same key that came first."""
    before = found if isinstance(found, Known) else None
    content, at = (before.fingerprint, before.reported_at) if before else (first.sent.fingerprint, first.now)
    if filing.sent.fingerprint != content:
        return KeyReused(key=filing.sent.key)
    is_new = before is None and filing is first
    return Reported(found.number, State.REPORTED, at, created=is_new)


_group: GroupCommit[_Filing, Reported | Refused] = GroupCommit(_file, most=GROUP)


def _wanted(filing: _Filing) -> Wanted:
    day = filing.now.astimezone(SHANGHAI).date()
    return Wanted(filing.sent.source, filing.sent.key, filing.sent.place.area_code, day)


def _store(fresh: Sequence[tuple[_Filing, New]]) -> None:
    """Write everything a new case consists of in one statement."""
    cases = [_reported(each, new) for each, new in fresh]
    reporters = [_reporter(new, who) for each, new in fresh if (who := each.sent.reporter)]
    hot.write(
        *opened(
            cases,
            [new for _, new in fresh],
            Verb.REPORT,
            [(each.actor, each.now) for each, _ in fresh],
            [told(each.sent.claim) for each, _ in fresh],
        ),
        hot.Rows("cases_reporter", reporters),
        clocks.started([clock for each, new in fresh for clock in _clocks(each, new)]),
        queued([_event(each, new) for each, new in fresh]),
    )
    wake_after_commit()


def _event(filing: _Filing, new: New) -> Event:
    sent = filing.sent
    return Event(Verb.REPORT, new.number, filing.now, sent.place.area_code, urgent=sent.urgent)


def _reported(filing: _Filing, new: New) -> hot.Row:
    sent = filing.sent
    return {
        **BLANK,
        "id": new.id,
        "number": new.number,
        "state": State.REPORTED,
        "source": sent.source,
        "source_key": sent.key,
        "fingerprint": sent.fingerprint,
        "channel": sent.channel,
        "reported_by": filing.actor.key,
        "text": sent.text,
        "category_id": sent.category_id,
        "urgent": sent.urgent,
        "area_code": sent.place.area_code,
        "place_certain": sent.place.certain,
        "place_text": sent.place.text,
        "estate_id": sent.place.estate_id,
        "building_id": sent.place.building_id,
        "lng": sent.place.lng,
        "lat": sent.place.lat,
        "found_at": sent.found_at or filing.now,
        "occurred_from": sent.occurred_from,
        "occurred_to": sent.occurred_to,
        "reported_at": filing.now,
    }


def _reporter(new: New, who: Reporter) -> hot.Row:
    return {"case_id": new.id, "name": who.name, "phone": who.phone, "confidential": who.confidential}


def _clocks(filing: _Filing, new: New) -> Iterator[NewDeadline]:
    limit = limits.stage_limit(Stage.ACCEPT, filing.sent.urgent)
    if limit is not None:
        area = filing.sent.place.area_code
        yield NewDeadline(new.id, new.number, Stage.ACCEPT, limit, filing.now, area_code=area)
