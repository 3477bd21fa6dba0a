"""What goes over the stream: server-sent events, as the HTML standard has them. Pure."""

import json
from collections.abc import Iterable, Mapping

from huying.cases.policy.sight import Happened, covers, may_see
from huying.org.policy import Actor

GONE = "gone"  # the state of a case that left what the viewer may see
HELLO, STEP, GAP, BEAT = "hello", "step", "gap", "beat"


def event(name: str, data: str = "", *, position: str = "") -> bytes:
    """Return one event. position: what the browser shows to go on from here; "" = as before."""
    lines = [f"event: {name}", f"data: {data}"]
    if position:
        lines.append(f"id: {position}")
    return ("\n".join(lines) + "\n\n").encode()


def for_viewer(step: Happened, actor: Actor) -> Mapping[str, object] | None:
    """Return what the viewer is told of a step; None when it is none of his business.

    A case that was moved out of his areas is told as gone, with the place it left: where it went is not his.
    """
    if may_see(actor, step.sight):
        return _told(step, str(step.state), step.sight.area_code, urgent=step.urgent)
    if step.area_before and covers(actor, step.area_before):
        return _told(step, GONE, step.area_before, urgent=False)
    return None


def frames(steps: Iterable[Mapping[str, object]], position: str) -> bytes:
    """Return the events of a batch; only the last has the position: half a batch is sent again whole."""
    every = [event(STEP, json.dumps(step, separators=(",", ":"))) for step in steps]
    if every:
        every[-1] = every[-1].removesuffix(b"\n") + f"id: {position}\n\n".encode()
    return b"".join(every)


def _told(step: Happened, state: str, area_code: str, *, urgent: bool) -> dict[str, object]:
    return {
        "number": step.sight.number,
        "verb": str(step.verb),
        "state": state,
        "area_code": area_code,
        "urgent": urgent,
        "at": step.at.isoformat(),
    }
