"""The sequencer: one loop in each worker, one of which holds the turn."""

import logging
import os
import socket
from threading import Event

from django.db import connection
from django.utils.timezone import now

from huying.ledger import installation
from huying.ledger.actions import Fork, Overtaken, Sequencer, halt
from huying.ledger.policy import Unproven
from huying.ledger.turns import Held

TURN = 0x68757969_6E67_0010  # advisory lock key: "huying", 16
PERIOD_SECONDS = 2.0  # between two looks, so about the age of an entry when it is signed
HALTED_SECONDS = 10.0  # between two looks whether somebody has repaired the log
MAX_BACKOFF_SECONDS = 30.0

logger = logging.getLogger(__name__)


def sequence_forever(stop: Event) -> None:
    """Number, file and sign until `stop`. Any number may run: one works, the others take over."""
    turn, failures = Turn(), 0
    while not stop.is_set():
        try:
            seconds = turn.take() if turn.is_ours() else PERIOD_SECONDS
            failures = 0
        except Exception:  # a full disk, a lost server: whatever it was, begin again from what can be read
            failures += 1
            seconds = min(PERIOD_SECONDS * 2**failures, MAX_BACKOFF_SECONDS)
            logger.exception("sequencing failed, trying again in %.0f s", seconds)
            turn.drop()
            connection.close()  # the turn goes with the session
        stop.wait(seconds)
    connection.close()


class Turn(Held):
    """One worker's part: it sequences while its database session holds the turn."""

    def __init__(self) -> None:
        super().__init__(TURN)
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.sequencer: Sequencer | None = None
        self.reason = ""  # of the halt we have told about

    def take(self) -> float:
        """Do one step; return the seconds to wait before the next."""
        try:
            self.sequencer = self.sequencer or Sequencer(installation.files(), installation.signer())
            is_more = self.sequencer.step(worker=self.worker, now=now()).is_more
        except Overtaken:
            logger.warning("another sequencer has published; reading the log again")
            self.sequencer = None
            return 0.0
        except (Fork, Unproven) as reason:
            self.sequencer = None
            self._refuse(Fork(str(reason)))
            return HALTED_SECONDS
        if self.reason:
            logger.warning("log and database fit again, signing")
            self.reason = ""
        return 0.0 if is_more else PERIOD_SECONDS

    def drop(self) -> None:
        """Forget what is in memory: after an error it may be ahead of what is written."""
        super().drop()
        self.sequencer = None

    def _refuse(self, fork: Fork) -> None:
        if str(fork) != self.reason:
            logger.critical("log would fork, signing nothing: %s (docs/rules/ledger.md §8)", fork)
        self.reason = str(fork)
        halt(fork, worker=self.worker)
