"""Reading many reports from one body: a JSON object a line."""

from pydantic import TypeAdapter, ValidationError

from huying.intake.schemas import ReportLine
from huying.shared.complaints import sentence
from huying.shared.errors import Malformed, Refused
from huying.shared.parsing import parsed
from huying.shared.sentences import Sentence

MAX_LINES = 1_000

_adapter = TypeAdapter(ReportLine)


def read_lines(body: bytes) -> list[ReportLine | Refused]:
    """Return each line as a report or the reason why it is none; empty lines are passed over.

    Raises Malformed when there is no line at all or more than 1,000.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not 1 <= len(lines) <= MAX_LINES:
        raise Malformed(
            reason=Sentence("应有1至{max_lines}行，实有{count}行", max_lines=MAX_LINES, count=len(lines))
        )
    return [_read(line) for line in lines]


def _read(line: bytes) -> ReportLine | Refused:
    try:
        return _adapter.validate_python(parsed(line))
    except Malformed as error:
        return error
    except ValidationError as error:
        return Malformed(reason=sentence(error.errors(include_url=False, include_input=False)).rstrip("。"))
