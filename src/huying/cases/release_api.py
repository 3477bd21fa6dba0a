"""Releasing cases over HTTP, and joining one that is there already."""

from django.http import HttpResponse
from django.utils.timezone import now
from ninja import Field, Router, Schema

from huying.cases import actions, schemas
from huying.cases.api import actor_of, write
from huying.cases.policy.reports import MAX_TEXT
from huying.org.requests import ActorRequest

router = Router(tags=["cases"])


class ReleaseIn(Schema):
    text: str = Field(max_length=MAX_TEXT, description="what everybody may read: without persons")


class JoinIn(Schema):
    by: str = Field(min_length=1, max_length=64, description="tells one person from another; chance will do")


class JoinedOut(Schema):
    joined: int = Field(description="how many others have met with the same")


@router.post("/cases/{number}/publish", response=schemas.CaseOut)
def publish(request: ActorRequest, number: str, body: ReleaseIn) -> HttpResponse:
    """Release a text without persons, and the place to 100 m; another time the text is replaced."""
    return write(request, number, "publish", body, lambda actor, at: actions.publish(
        number, body.text, actor=actor, now=at
    ))  # fmt: skip


@router.post("/cases/{number}/unpublish", response=schemas.CaseOut)
def unpublish(request: ActorRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    return write(request, number, "unpublish", body, lambda actor, at: actions.unpublish(
        number, actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/join", response=JoinedOut)
def join(request: ActorRequest, number: str, body: JoinIn) -> JoinedOut:
    """Say that one met with the same. The same person counts once; open to everybody."""
    return JoinedOut(joined=actions.join(number, body.by, actor=actor_of(request, number), now=now()))
