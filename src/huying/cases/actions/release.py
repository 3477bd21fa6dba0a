"""What everybody may read of a case, and who else met with it."""

import hashlib
from datetime import datetime

from huying.cases.actions import door
from huying.cases.models import Case, Joined, Release, Reporter
from huying.cases.policy.release import check_release, coarse
from huying.cases.states import Verb
from huying.org.policy import RESIDENT, Actor
from huying.shared.errors import Incomplete


def publish(number: str, text: str, *, actor: Actor, now: datetime) -> Case:
    """Release a text without persons and the coarse place; another time the text is replaced.

    Raises Incomplete when numbers of persons, or the reporter's name or phone, still stand in it.
    """
    with door.opened(number, Verb.PUBLISH, actor=actor, now=now) as held:
        case, text = held.case, text.strip()
        check_release(text, _reporter(case))
        lng, lat = (None, None) if case.lng is None or case.lat is None else coarse(case.lng, case.lat)
        Release.objects.update_or_create(
            case=case,
            defaults={
                "text": text,
                "lng": lng,
                "lat": lat,
                "released_at": now,
                "released_by": actor.key,
                "withdrawn_at": None,
            },
        )
        held.move(Verb.PUBLISH, opinion=text)
    return case


def _reporter(case: Case) -> tuple[str, ...]:
    return Reporter.objects.filter(case=case).values_list("name", "phone").first() or ()


def unpublish(number: str, *, actor: Actor, now: datetime, reason: str) -> Case:
    """Take a case from the public pages again."""
    with door.opened(number, Verb.UNPUBLISH, actor=actor, now=now) as held:
        if not reason.strip():
            raise Incomplete(reason="撤下公开须说明理由")
        if not Release.objects.filter(case=held.case, withdrawn_at=None).update(withdrawn_at=now):
            raise Incomplete(reason="该事件没有公开")
        held.move(Verb.UNPUBLISH, opinion=reason, public=False)
    return held.case


def join(number: str, by: str, *, actor: Actor, now: datetime) -> int:
    """Count somebody who met with the same; return how many have. The same person counts once in a case.

    Open to everybody; `by` tells one person from another and is kept only as a digest that is another for
    each case. Raises Incomplete for who reported the case himself.
    """
    if number in actor.case_numbers:
        raise Incomplete(reason="这是您自己报的事")
    if not by:
        raise Incomplete(reason="无法辨认是谁")
    with door.opened(number, Verb.JOIN, actor=RESIDENT.holding(number), now=now) as held:
        case, digest = held.case, hashlib.sha256(f"{number}:{by}".encode()).hexdigest()
        _, is_new = Joined.objects.get_or_create(case=case, by=digest, defaults={"at": now})
        if is_new:
            held.move(Verb.JOIN, joined=case.joined + 1)
    return int(case.joined)
