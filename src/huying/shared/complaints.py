"""What is wrong with an input, field by field, in the reader's words."""

from collections.abc import Mapping, Sequence

# pydantic's error type: what is wrong, in the reader's words; the rest "格式不正确"
WRONG = {
    "missing": "缺少",
    "string_too_short": "太短",
    "string_too_long": "太长",
    "too_long": "太多",
    "too_short": "太少",
    "json_invalid": "不是有效的 JSON",
    "extra_forbidden": "是未知字段",
    "enum": "不在可选范围内",
    "literal_error": "不在可选范围内",
    "greater_than": "太小",
    "greater_than_equal": "太小",
    "less_than": "太大",
    "less_than_equal": "太大",
    "finite_number": "不是有限的数",
    "timezone_aware": "缺少时区",
}
MAX_FIELD = 80  # characters of a field's name that are repeated to the sender
MAX_COMPLAINTS = 10


def sentence(errors: Sequence[Mapping[str, object]]) -> str:
    """Say in one sentence which fields of an input are wrong and how. errors: as pydantic lists them."""
    said = ";".join(_complaint(error) for error in errors[:MAX_COMPLAINTS])
    more = f";另有 {len(errors) - MAX_COMPLAINTS} 处" if len(errors) > MAX_COMPLAINTS else ""
    return f"请求内容有误:{said}{more}。"


def _complaint(error: Mapping[str, object]) -> str:
    place = error["loc"]
    assert isinstance(place, Sequence)  # noqa: S101  # pydantic's contract
    field = ".".join(str(part) for part in place if part != "body")[:MAX_FIELD] or "正文"
    wrong = WRONG.get(str(error["type"]), "格式不正确")
    return f"{wrong} {field}" if wrong == "缺少" else f"{field} {wrong}"
