"""Side by side: functions that would each make a transaction of two trips make one together, in two trips.

Each runs in a greenlet of one thread until it asks the database. What all of them ask goes to the server in
one trip, and so do their writes, with one commit. Who would wait for a lock, and all when one meets an error,
are to be done alone: nothing of it is written. Why: ADR 0016. Measured: docs/performance.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from greenlet import getcurrent, greenlet
from psycopg.pq import TransactionStatus

from huying.database.backend.base import DatabaseWrapper
from huying.database.backend.prepared import BEGIN, COMMIT, Prepared, Question, Row

Result = TypeVar("Result")
Answers = list[list[Row]]  # to each question its rows


class Alone(BaseException):
    """It is to be done alone. No `Exception`: nobody on the way has anything to say to it."""


class _Part(Enum):
    """How far somebody is with his transaction: not begun, in it, taken back, committed."""

    BEFORE = auto()
    WITHIN = auto()
    BACK = auto()
    AFTER = auto()


class Guest(DatabaseWrapper):
    """A connection as each of those sees it who share it: begin and end of the transaction are not his.

    What he asks first in a block goes with what the others ask first, and so does his end. In between he may
    ask more on his own; afterwards the connection is his until he is done. Who takes his part back asks no
    more: it would be in the transaction of the others.
    """

    def sit_down(self, host: DatabaseWrapper) -> None:
        """Share a connection in which no transaction runs."""
        self.connection = host.connection
        self.autocommit = True
        self.prepared = cast(Prepared, self)
        self._host = host.prepared
        self._part = _Part.BEFORE
        self._asked_more = False

    @property
    def is_within(self) -> bool:
        """Tell whether his transaction runs."""
        return self._part is _Part.WITHIN

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether he may have written something that he does not want to keep."""
        return self._asked_more and self._part is not _Part.AFTER

    def ask(self, *questions: Question) -> Answers:
        """Return the rows of each, as `Prepared` does. Raises psycopg.Error, Alone."""
        ends = questions[-1] is COMMIT
        if ends and self._part in (_Part.BEFORE, _Part.BACK):
            raise Alone
        if ends and self.is_within:
            return self._end(questions)
        if self._part is _Part.BEFORE and self.in_atomic_block:
            self._part = _Part.WITHIN
            return self._wait(questions)
        self._ask_more()
        return self._host.ask(*questions)

    def _wait(self, questions: Sequence[Question]) -> Answers:
        """Let the others go on; return what came when all have asked."""
        answers: Answers = getcurrent().parent.switch(questions)
        return answers

    def _end(self, questions: Sequence[Question]) -> Answers:
        answers = self._wait(questions)
        self._part = _Part.AFTER
        super()._set_autocommit(False)  # type: ignore[misc]  # as alone: what comes now is another transaction
        return answers

    def _ask_more(self) -> None:
        if self._part is _Part.BACK:
            raise Alone
        if self.is_within:
            if self.connection.info.transaction_status == TransactionStatus.INERROR:
                raise Alone  # another's mistake
            self._asked_more = True

    def create_cursor(self, name: str | None = None) -> object:
        """Return a cursor. No block begins with one: it cannot wait for the others."""
        if self._part is _Part.BEFORE and self.in_atomic_block:
            raise Alone
        self._ask_more()
        return super().create_cursor(name)

    def _commit(self) -> None:
        if self.is_within:
            self._end([COMMIT])
        if self._part is _Part.AFTER:
            super()._commit()  # type: ignore[misc]  # not in the stubs

    def _rollback(self) -> None:
        if self._part is _Part.AFTER:
            super()._rollback()
        elif self.is_within:
            self._part = _Part.BACK
        self.outdate()

    def _set_autocommit(self, autocommit: bool) -> None:
        if self._part is _Part.AFTER:
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs


@dataclass(slots=True)
class _Member(Generic[Result]):
    """One of the functions. asked: what it waits for; nothing when it is done, or will be done alone."""

    guest: Guest
    course: greenlet
    asked: Sequence[Question] = ()
    result: Result | Exception | None = None

    def go_on(self, *answers: Answers) -> None:
        """Let it run, with the answers it waits for, until it asks again or is done."""
        self._follow(lambda: self.course.switch(*answers))

    def fail(self, error: BaseException) -> None:
        """Let it run, with an error for an answer."""
        self._follow(lambda: self.course.throw(error))

    def _follow(self, run: Callable[[], object]) -> None:
        connections[DEFAULT_DB_ALIAS] = self.guest
        self.asked = ()
        try:
            said = run()
        except Alone:
            return
        except Exception as error:
            self.result = error
            return
        if self.course.dead:
            self.result = cast(Result, said)
        else:
            self.asked = cast(Sequence[Question], said)


class SideBySide:
    """Runs functions beside each other on the connection of the calling thread; one thread at a time."""

    def __init__(self) -> None:
        self._guests: list[Guest] = []

    def run(self, calls: Sequence[Callable[[], Result]]) -> list[Result | Exception | None]:
        """Return what each returns or raises; None for each that is to be done alone.

        Raises OperationalError when there is no server; then nothing was done.
        """
        host = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
        host.ensure_connection()
        guests = self._seated(host, len(calls))
        members = [_Member[Result](*pair) for pair in zip(guests, map(greenlet, calls), strict=True)]
        try:
            for member in members:
                member.go_on()
            _trip(host, members, begins=True)
            if any(member.guest.is_in_doubt and not member.asked for member in members):
                _take_back(members)
            _trip(host, members, begins=False)
        finally:
            connections[DEFAULT_DB_ALIAS] = host
            _end(host)
        return [member.result for member in members]

    def _seated(self, host: DatabaseWrapper, number: int) -> Sequence[Guest]:
        for _ in range(number - len(self._guests)):
            self._guests.append(Guest(host.settings_dict, host.alias))
            self._guests[-1].inc_thread_sharing()
        for guest in self._guests[:number]:
            guest.sit_down(host)
        return self._guests[:number]


def _trip(host: DatabaseWrapper, members: Sequence[_Member[Result]], *, begins: bool) -> None:
    """Ask what all of them ask, and let each go on with his answers."""
    waiting = [member for member in members if member.asked]
    if not waiting:
        return
    questions = [each for member in waiting for each in member.asked if each is not COMMIT]
    asked = (BEGIN, *questions) if begins else (*questions, COMMIT)
    try:
        answers = iter(host.prepared.ask(*asked)[begins:])
    except psycopg.Error as error:
        is_undone = begins or host.is_usable()  # otherwise nobody knows
        for member in waiting:
            member.fail(Alone() if is_undone else error)
        return
    for member in waiting:
        member.go_on([[] if each is COMMIT else next(answers) for each in member.asked])


def _take_back(members: Sequence[_Member[Result]]) -> None:
    """Let each who waits for an answer be done alone."""
    for member in members:
        if member.asked:
            member.fail(Alone())


def _end(host: DatabaseWrapper) -> None:
    """End the transaction if it was not committed; a connection that cannot is given up."""
    try:
        host.connection.rollback()
    except psycopg.Error:
        host.close()


def may_wait() -> bool:
    """Tell whether a lock may be waited for: not beside others. Raises Alone for a second one beside them."""
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(connection, Guest) and connection.is_within:
        raise Alone  # it might be the one that another of them holds
    return not isinstance(connection, Guest)
