"""What is wrong with an input, field by field, in the reader's words."""

from collections.abc import Mapping, Sequence

from huying.shared.sentences import Sentence, Sentences
from huying.shared.sentences import to_translate as _

# pydantic's error type: what is wrong, in the reader's words
WRONG = {
    "missing": _("缺少 {field}"),
    "string_too_short": _("{field} 太短"),
    "string_too_long": _("{field} 太长"),
    "too_long": _("{field} 太多"),
    "too_short": _("{field} 太少"),
    "json_invalid": _("{field} 不是有效的 JSON"),
    "extra_forbidden": _("{field} 是未知字段"),
    "enum": _("{field} 不在可选范围内"),
    "literal_error": _("{field} 不在可选范围内"),
    "greater_than": _("{field} 太小"),
    "greater_than_equal": _("{field} 太小"),
    "less_than": _("{field} 太大"),
    "less_than_equal": _("{field} 太大"),
    "finite_number": _("{field} 不是有限的数"),
    "timezone_aware": _("{field} 缺少时区"),
}
OTHERWISE = _("{field} 格式不正确")
MAX_FIELD = 80  # characters of a field's name that are repeated to the sender
MAX_COMPLAINTS = 10


def sentence(errors: Sequence[Mapping[str, object]]) -> Sentence:
    """Say in one sentence which fields of an input are wrong and how. errors: as pydantic lists them."""
    found = [_complaint(error) for error in errors[:MAX_COMPLAINTS]]
    if len(errors) > MAX_COMPLAINTS:
        found.append(Sentence("另有 {count} 处", count=len(errors) - MAX_COMPLAINTS))
    return Sentence("请求内容有误：{complaints}。", complaints=Sentences(found))


def _complaint(error: Mapping[str, object]) -> Sentence:
    place = error["loc"]
    assert isinstance(place, Sequence)  # noqa: S101  # pydantic's contract
    field = ".".join(str(part) for part in place if part != "body")[:MAX_FIELD] or _("正文")
    return Sentence(WRONG.get(str(error["type"]), OTHERWISE), field=field)
