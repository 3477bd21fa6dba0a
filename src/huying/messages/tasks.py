"""The courier: one loop in each worker, any number of which may run."""

import logging
import os
import random
import socket
from datetime import datetime
from threading import Event, get_ident

from django.conf import settings
from django.db import Error, connection

from huying.messages.actions import Load, claim, complete, reap
from huying.messages.policy.sealing import opened
from huying.messages.policy.texts import composed
from huying.messages.policy.verdicts import Verdict
from huying.messages.queries import told
from huying.messages.sending import send
from huying.messages.states import Outcome

PERIOD_SECONDS = 0.5
REAP_SECONDS = 5.0
MAX_BACKOFF_SECONDS = 30.0

logger = logging.getLogger(__name__)


def deliver_forever(stop: Event) -> None:
    """Deliver what is due until `stop`."""
    worker, failures, until_reap = name(), 0, 0.0
    while not stop.is_set():
        seconds = PERIOD_SECONDS
        try:
            if until_reap <= 0:
                reap(now=read_clock())
                until_reap = REAP_SECONDS
            if deliver_next(worker=worker):
                seconds = 0.0
            failures = 0
        except Error:
            failures += 1
            seconds = min(PERIOD_SECONDS * 2**failures, MAX_BACKOFF_SECONDS)
            logger.exception("delivery failed, trying again in %.1f s", seconds)
            connection.close()
        until_reap -= max(seconds, 0.05)
        stop.wait(seconds)  # not time.sleep: it fails when the clock is set back
    connection.close()


def deliver_next(*, worker: str) -> bool:
    """Send the next request that is due and write what came of it; return False when nothing was due."""
    load = claim(worker=worker, now=read_clock())
    if load is None:
        return False
    deliver(load)
    return True


def deliver(load: Load) -> Verdict:
    """Send what was claimed and write what came of it. Claim and completion are transactions of their own."""
    verdict = _sent(load)
    jitter = random.random()  # noqa: S311  # no secret
    counted = complete(load, verdict, now=read_clock(), jitter=jitter)
    if counted < len(load.claims):
        late = len(load.claims) - counted
        logger.warning("answer of %s came too late for %d messages: taken by another worker", load.name, late)
    if verdict.outcome is not Outcome.DELIVERED:
        logger.warning("%s (%s): %s", load.name, load.kind, verdict.text)
    return verdict


def _sent(load: Load) -> Verdict:
    """Compose and send. The text is made now: what is queued holds no text.

    Our own mistake over one message must not stop the others: it counts as a failure of this one.
    """
    try:
        return _told_and_sent(load)
    except Error:
        raise
    except Exception as mistake:
        logger.exception("a message to %s could not be sent", load.name)
        return Verdict(Outcome.LATER, f"内部错误：{type(mistake).__name__}")


def _told_and_sent(load: Load) -> Verdict:
    try:
        access = opened(load.sealed, name=load.name, key=settings.SECRET_KEY.encode())
    except ValueError:
        return Verdict(Outcome.LATER, "渠道地址无法解开（安装密钥已更换），请重新登记渠道")
    text = composed(told(load.claims), settings.SITE)
    return send(load.kind, access, text, now=read_clock(), allow_private=settings.MESSAGES_ALLOW_PRIVATE)


def read_clock() -> datetime:
    """Read the database's clock: leases and waits of all workers are measured by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def name() -> str:
    """Return who this thread is, for `claimed_by`."""
    return f"{socket.gethostname()}:{os.getpid()}:{get_ident()}"[-100:]
