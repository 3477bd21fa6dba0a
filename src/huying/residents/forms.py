"""What residents send. Errors stand beside the field; what was typed stays."""

import re
import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huying.cases.policy.photos import MAX_BYTES, Photo, develop
from huying.cases.policy.reports import MAX_TEXT
from huying.cases.states import Satisfaction
from huying.intake.schemas import ReportIn
from huying.look.speech import said
from huying.shared.errors import Incomplete

MOST_PHOTOS = 3
PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}")


# What a report takes from the form as it stands there.
ABOUT = (
    "text", "category_id", "building_code", "address", "lng", "lat", "occurred_from", "occurred_to",
)  # fmt: skip
WHO = ("name", "phone", "confidential")


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to three photos, each developed: what comes out carries no metadata."""

    widget = PhotosInput

    def clean(self, data: Any, _initial: Any = None) -> list[Photo]:
        files = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("最多%(most)s张照片") % {"most": MOST_PHOTOS})
        return [_developed(each) for each in files]


def _developed(file: "UploadedFile[bytes]") -> Photo:
    if file.size and file.size > MAX_BYTES:
        raise forms.ValidationError(_("一张照片不能超过%(most)sMB") % {"most": MAX_BYTES // 1_000_000})
    try:
        return develop(file.read())
    except Incomplete as refused:
        raise forms.ValidationError(said(refused)) from None


def _moment() -> forms.DateTimeField:
    return forms.DateTimeField(
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": gettext_lazy("请选日期和时间")},
    )


class ReportForm(forms.Form):
    """The report: what, where, who."""

    key = forms.UUIDField()
    text = forms.CharField(
        max_length=MAX_TEXT,
        error_messages={
            "required": gettext_lazy("请写几句：发生了什么"),
            "max_length": gettext_lazy("太长了，请写短一些"),
        },
    )
    category_id = forms.IntegerField(required=False, min_value=1)
    photos = PhotosField(required=False)
    building_code = forms.CharField(max_length=32, required=False)
    address = forms.CharField(
        max_length=300, required=False, error_messages={"max_length": gettext_lazy("太长了，请写短一些")}
    )
    lng = forms.FloatField(required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    occurred_from = _moment()
    occurred_to = _moment()
    name = forms.CharField(
        max_length=64, required=False, error_messages={"max_length": gettext_lazy("太长了，请写短一些")}
    )
    phone = forms.RegexField(
        PHONE, required=False, max_length=20, error_messages={"invalid": gettext_lazy("请检查电话号码")}
    )
    confidential = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("lng") is None or given.get("lat") is None:
            given["lng"] = given["lat"] = None
        if not (given.get("building_code") or given.get("address") or given["lng"] is not None):
            self.add_error("address", _("请告诉我们在哪里：定位、选地图，或写地址"))
        start, end = given.get("occurred_from"), given.get("occurred_to")
        if start and end and start > end:
            self.add_error("occurred_to", _("结束早于开始"))
        return given

    @property
    def report(self) -> ReportIn:
        """Return what the door for every channel takes."""
        given = self.cleaned_data
        about = {name: given[name] for name in ABOUT}
        who = {name: given[name] for name in WHO}
        return ReportIn.model_validate(about | {"reporter": who if any(who.values()) else None})

    @property
    def idempotency_key(self) -> str:
        key: uuid.UUID = self.cleaned_data["key"]
        return str(key)


def chosen(post: QueryDict) -> QueryDict:
    """Return what was sent, with the building that was picked or given up without a script."""
    given = post.copy()
    if given.get("elsewhere"):
        given["building_code"] = ""
    if given.get("meant"):
        given["building_code"] = str(given["meant"])
    return given


class PlaceForm(forms.Form):
    """A place asked for: a building, a point, or words."""

    building_code = forms.CharField(max_length=32, required=False)
    address = forms.CharField(max_length=300, required=False)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90)

    def point(self) -> tuple[float, float] | None:
        """Return (lng, lat), None unless both can be read."""
        self.is_valid()
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        return None if lng is None or lat is None else (lng, lat)

    def told(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name) or "").strip()


class SayForm(forms.Form):
    """Something more to a case: words, photos or both."""

    key = forms.UUIDField()
    text = forms.CharField(max_length=MAX_TEXT, required=False)
    photos = PhotosField(required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not given.get("text") and not given.get("photos"):
            self.add_error("text", _("请写一句话，或选一张照片"))
        return given


class EvaluateForm(forms.Form):
    """How the resident judges the result."""

    satisfaction = forms.ChoiceField(
        choices=Satisfaction.choices(), error_messages={"required": gettext_lazy("请选一项")}
    )
    text = forms.CharField(max_length=MAX_TEXT, required=False)


class ReopenForm(forms.Form):
    """Why it is not solved."""

    reason = forms.CharField(
        max_length=MAX_TEXT, error_messages={"required": gettext_lazy("请写一句：还有什么没有解决")}
    )


class OpenForm(forms.Form):
    """What stands on a receipt."""

    number = forms.CharField(max_length=40, error_messages={"required": gettext_lazy("请填写编号")})
    code = forms.CharField(max_length=40, error_messages={"required": gettext_lazy("请填写回执码")})


class ReleaseForm(forms.Form):
    """The text that everybody may read."""

    text = forms.CharField(max_length=MAX_TEXT, error_messages={"required": gettext_lazy("请写明公开的文字")})


class WithdrawForm(forms.Form):
    """Why it is taken back."""

    reason = forms.CharField(max_length=MAX_TEXT, error_messages={"required": gettext_lazy("请说明理由")})


def typed(form: forms.Form, name: str, otherwise: object = "") -> object:
    """Return what stands in a field: as typed, else the value to begin with."""
    value = form[name].value()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    return otherwise if value is None else value
