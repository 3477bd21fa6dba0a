"""What who walks the grid fills in."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.cases.deed_forms import category_choice, hidden_number, photos
from huying.cases.policy.photos import Photo
from huying.cases.policy.reports import MAX_TEXT
from huying.cases.states import Channel, EvidenceKind
from huying.intake.schemas import ReportIn
from huying.patrol.policy import MAX_TEXT as MAX_FACT
from huying.patrol.states import FactKind

ABOUT = ("text", "category_id", "building_code", "address", "lng", "lat", "urgent")
WHO = ("name", "phone", "confidential")

Choices = Sequence[tuple[str, Any]]


def _line(most: int, *, name: str = "", label: Any = "", **attributes: str) -> forms.CharField:
    attrs = {"class": "form-control", **({"data-name": name} if name else {}), **attributes}
    return forms.CharField(max_length=most, required=False, label=label, widget=forms.TextInput(attrs=attrs))


class FoundForm(forms.Form):
    """What was found, or what somebody told: with who told it when it was not oneself (B05)."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=MAX_TEXT,
        label=_("发生了什么"),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "maxlength": MAX_TEXT}),
        error_messages={"required": _("请写几句：发生了什么")},
    )
    photos = photos(_("照片"), "photos", most=3, live=True)
    category_id = forms.IntegerField(required=False, min_value=1, label=_("类别"), widget=category_choice())
    building_code = forms.CharField(
        max_length=32, required=False, label=_("楼栋"), widget=forms.Select(attrs={"class": "form-select"})
    )
    address = _line(300, label=_("地址"))
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=hidden_number())
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=hidden_number())
    urgent = forms.BooleanField(required=False, label=_("紧急：有人有危险，或马上会更糟"))
    name = _line(64, name="reporter.name", label=_("怎么称呼"), autocomplete="off")
    phone = _line(20, name="reporter.phone", label=_("电话"), inputmode="tel", autocomplete="off")
    confidential = forms.BooleanField(
        required=False,
        label=_("替他保密"),
        widget=forms.CheckboxInput(attrs={"data-name": "reporter.confidential"}),
    )

    def __init__(
        self, *given: Any, buildings: Choices = (), categories: Choices = (), **options: Any
    ) -> None:
        super().__init__(*given, **options)
        self._offer("building_code", [("", _("不在楼里，或不清楚")), *buildings])
        self._offer("category_id", [("", _("不清楚，请指挥室来定")), *categories])

    def _offer(self, name: str, choices: Choices) -> None:
        widget: forms.Select = self.fields[name].widget
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("lng") is None or said.get("lat") is None:
            said["lng"] = said["lat"] = None
        if not (said.get("building_code") or said.get("address") or said["lng"] is not None):
            self.add_error("address", _("请说明在哪里：定位、选楼栋，或写地址"))
        return said

    @property
    def report(self) -> ReportIn:
        """Return what the door for every channel takes: by phone when somebody else told it."""
        said = self.cleaned_data
        who = {name: said[name] for name in WHO}
        told = any(who.values())
        about = {name: said[name] for name in ABOUT}
        channel = Channel.PHONE if told else Channel.GRID
        return ReportIn.model_validate(about | {"channel": channel, "reporter": who if told else None})

    @property
    def idempotency_key(self) -> str:
        key: uuid.UUID = self.cleaned_data["key"]
        return str(key)


class SolvedForm(FoundForm):
    """Found and solved on the spot, shown before and after (B07)."""

    opinion = forms.CharField(
        max_length=MAX_TEXT,
        label=_("怎样处置的"),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2, "maxlength": MAX_TEXT}),
        error_messages={"required": _("请写明处置情况")},
    )
    before = photos(_("处置前照片"), "before", most=2, required=True, live=True)
    after = photos(_("处置后照片"), "after", most=2, required=True, live=True)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        del self.fields["photos"], self.fields["urgent"]
        self._offer("category_id", [("", _("请选择")), *options.get("categories", ())])
        self.fields["category_id"].required = True
        self.fields["category_id"].error_messages["required"] = str(_("自行处置须选定事件类别"))

    def clean(self) -> dict[str, Any]:
        return {**super().clean(), "urgent": False}

    @property
    def shown(self) -> list[tuple[EvidenceKind, Photo]]:
        said = self.cleaned_data
        kinds = {"before": EvidenceKind.BEFORE, "after": EvidenceKind.AFTER}
        return [(kind, photo) for name, kind in kinds.items() for photo in said[name]]


class FactForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("哪一项"),
        choices=[(kind.value, _(kind.label)) for kind in FactKind],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    text = forms.CharField(
        max_length=MAX_FACT,
        label=_("内容"),
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": _("请填写内容")},
    )


class LookForm(forms.Form):
    """Why somebody looks at what is personal."""

    reason = forms.CharField(
        max_length=MAX_FACT,
        label=_("查看用途（会留下记录）"),
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": _("请说明用途")},
    )


class BackForm(forms.Form):
    note = forms.CharField(
        max_length=MAX_FACT,
        required=False,
        label=_("小结"),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )
