"""What the pages of administration send, read and checked in shape."""

from django.http import QueryDict

from huying.administration.policy import columns as cells_of
from huying.administration.policy.columns import CLEAR
from huying.administration.policy.headers import NOWHERE
from huying.administration.tables import Table
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence, Sentences, clause

WAS = "was-"  # before the name of a field: what it said when the form was made


def said(post: QueryDict, table: Table) -> dict[str, str]:
    """Return what a form says of a record, CLEAR for an empty field. Raises Incomplete naming every fault."""
    found, faults = {}, []
    for column in table.columns:
        if not column.read_back or column.field not in post:
            continue
        try:
            found[column.field] = cells_of.read(column, str(post[column.field])) or CLEAR
        except Incomplete as refused:
            faults.append(clause(refused))
    if faults:
        raise Incomplete(reason=Sentences(faults))
    return found


def seen(post: QueryDict) -> dict[str, str]:
    """Return what the form showed when it was made."""
    return {name.removeprefix(WAS): str(value) for name, value in post.items() if name.startswith(WAS)}


def number(post: QueryDict, name: str, default: int, most: int = 100_000) -> int:
    """Return a number of a form, `default` for none. Raises Incomplete for what is none."""
    text = str(post.get(name, "")).strip()
    if not text:
        return default
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 6 or int(text) > most:
        raise Incomplete(reason=Sentence("“{said}”不是可用的数字", said=text[:20]))
    return int(text)


def mapping(post: QueryDict, table: Table) -> dict[str, int]:
    """Return which column of the file each field is; NOWHERE for none."""
    return {column.field: number(post, f"column-{column.field}", NOWHERE) for column in table.columns}
