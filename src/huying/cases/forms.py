"""What may be asked of the list of cases."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import make_aware
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huying.cases.policy.photos import MAX_BYTES, Photo, develop
from huying.cases.queries import Filter
from huying.cases.states import OPEN, State
from huying.look.speech import said
from huying.shared.errors import Incomplete

OPEN_STATES = "open"  # one word for every state in which something is still to be done
CLOCKS = [("over", _("已超时")), ("soon", _("一小时内到期"))]
SOON = timedelta(hours=1)
YES_NO = [("yes", _("是")), ("no", _("否"))]
LONGEST_AREAS = 600  # characters of all area codes together


class FilterForm(forms.Form):
    """The filter in the address of the list; what cannot be read is left out. Days are local."""

    text = forms.CharField(required=False, max_length=100, label=_("文字或编号"))
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("全部状态")),
            (OPEN_STATES, _("未办结")),
            *((state.value, _(state.label)) for state in State),
        ],
        label=_("状态"),
    )
    area = forms.CharField(required=False, max_length=LONGEST_AREAS, label=_("辖区编码"))
    urgent = forms.BooleanField(required=False, label=_("仅紧急"))
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    since = forms.DateField(required=False, label=_("上报自"))
    until = forms.DateField(required=False, label=_("上报至"))
    closed_since = forms.DateField(required=False, label=_("结案自"))
    closed_until = forms.DateField(required=False, label=_("结案至"))
    clock = forms.ChoiceField(required=False, choices=CLOCKS, label=_("时限"))
    in_time = forms.ChoiceField(required=False, choices=YES_NO, label=_("按期结案"))
    fast = forms.ChoiceField(required=False, choices=YES_NO, label=_("24小时内结案"))
    handled = forms.ChoiceField(required=False, choices=YES_NO, label=_("已处置"))
    assigned = forms.ChoiceField(required=False, choices=YES_NO, label=_("已指派"))
    shared = forms.ChoiceField(required=False, choices=YES_NO, label=_("多单位协同"))
    category = forms.IntegerField(required=False, min_value=1, label=_("类别"))
    unit = forms.IntegerField(required=False, min_value=1, label=_("单位"))

    MORE = (
        "since", "until", "closed_since", "closed_until", "clock", "in_time", "fast", "handled", "assigned",
        "shared", "category", "unit",
    )  # fmt: skip

    def filter(self, at: datetime) -> Filter:
        """Return the filter asked for as of a moment; without a valid one everything the viewer may see."""
        self.is_valid()
        chosen = self.cleaned_data
        clock = chosen.get("clock")
        return Filter(
            states=_states(chosen.get("state", "")),
            areas=tuple(filter(None, chosen.get("area", "").replace(",", ",").replace(" ", "").split(","))),
            urgent=True if chosen.get("urgent") else None,
            text=chosen.get("text", ""),
            category_id=chosen.get("category"),
            unit_id=chosen.get("unit"),
            reported_from=_begin(chosen.get("since")),
            reported_to=_end(chosen.get("until")),
            closed_from=_begin(chosen.get("closed_since")),
            closed_to=_end(chosen.get("closed_until")),
            due_from=at if clock == "soon" else None,
            due_before={"over": at, "soon": at + SOON}.get(clock or ""),
            in_time=_yes(chosen.get("in_time")),
            fast=_yes(chosen.get("fast")),
            handled=_yes(chosen.get("handled")),
            assigned=_yes(chosen.get("assigned")),
            shared=_yes(chosen.get("shared")),
        )

    def chosen(self) -> list[tuple[str, str, str, str]]:
        """Return (name, value, label, in words) of what is narrowed beyond the fields that are shown."""
        self.is_valid()
        return [
            (name, self.data[name], str(self.fields[name].label), self._word(name))
            for name in self.MORE
            if self.cleaned_data.get(name) not in (None, "")
        ]

    def _word(self, name: str) -> str:
        words = {"clock": dict(CLOCKS)}.get(name, dict(YES_NO))
        return str(words.get(self.data[name], self.data[name]))

    def before_id(self) -> int | None:
        self.is_valid()
        before: int | None = self.cleaned_data.get("before")
        return before


def _states(word: str) -> tuple[State, ...]:
    if word == OPEN_STATES:
        return tuple(sorted(OPEN))
    return (State(word),) if word else ()


def _yes(word: str | None) -> bool | None:
    return word == "yes" if word else None


def _begin(day: date | None) -> datetime | None:
    return None if day is None else make_aware(datetime.combine(day, time()))


def _end(day: date | None) -> datetime | None:
    return None if day is None else make_aware(datetime.combine(day + timedelta(days=1), time()))


def _line() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control"})


class ReceiptForm(forms.Form):
    """What stands on a receipt."""

    number = forms.CharField(max_length=40, label=_("事件编号"), widget=_line())
    code = forms.CharField(max_length=40, label=_("回执码"), widget=_line())


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Photos, each developed: what comes out carries no metadata."""

    widget = PhotosInput

    def __init__(self, *, most: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def clean(self, data: Any, _initial: Any = None) -> list[Photo]:
        files = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"])
        if len(files) > self.most:
            raise forms.ValidationError(gettext("最多%(most)s张照片") % {"most": self.most})
        return [_developed(each) for each in files]


def _developed(file: "UploadedFile[bytes]") -> Photo:
    if file.size and file.size > MAX_BYTES:
        raise forms.ValidationError(gettext("一张照片不能超过%(most)sMB") % {"most": MAX_BYTES // 1_000_000})
    try:
        return develop(file.read())
    except Incomplete as refused:
        raise forms.ValidationError(said(refused)) from None
