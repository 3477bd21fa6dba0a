"""The forms of who works outside: a called unit, a grid worker. What was typed stays when it is refused."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.cases.actions.unit import MAX_EXTENSION
from huying.cases.forms import PhotosField, PhotosInput
from huying.cases.policy.reports import MAX_TEXT
from huying.cases.states import ReturnReason
from huying.org import queries as org

MOST_PHOTOS = 6
PICTURES = "image/jpeg,image/png,image/webp"


def _words(label: Any, *, required: bool = True, rows: int = 3, lack: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"class": "form-control", "rows": rows, "maxlength": MAX_TEXT})
    errors = {"required": lack} if lack else {}
    return forms.CharField(
        max_length=MAX_TEXT, required=required, label=label, widget=area, error_messages=errors
    )


def photos(
    label: Any, name: str, *, most: int = MOST_PHOTOS, required: bool = False, live: bool = False
) -> PhotosField:
    """Return a field for photos. name: in the API; live: on a phone it opens the camera, not the album."""
    attributes: dict[str, Any] = {"class": "form-control", "accept": PICTURES, "data-name": name}
    if live:
        attributes["capture"] = "environment"
    made = PhotosInput if most > 1 else forms.FileInput
    errors = {"required": _("请拍一张照片")}
    return PhotosField(
        most=most, required=required, label=label, widget=made(attrs=attributes), error_messages=errors
    )


def hidden_number() -> forms.HiddenInput:
    """Return a number nobody types; what waits on a phone sends it as a number."""
    return forms.HiddenInput(attrs={"data-type": "number"})


class DeedForm(forms.Form):
    """What every deed may carry. unit_id: for whom, when several of one's units were called."""

    unit_id = forms.IntegerField(required=False, min_value=1, widget=hidden_number())


class ArriveForm(DeedForm):
    """Being there, shown by position and a photo taken now."""

    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=hidden_number())
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=hidden_number())
    photo = photos(_("现场照片"), "photos", most=1, required=True, live=True)
    reason = _words(_("不在现场范围内或没有定位的，请说明原因"), required=False, rows=2)


class AnswerForm(DeedForm):
    """What was done, with what it looked like before and after."""

    opinion = _words(_("处置情况"), rows=4, lack=_("请写明处置情况"))
    before = photos(_("处置前照片"), "before")
    after = photos(_("处置后照片"), "photos")
    other = photos(_("其他凭证（如文书的照片）"), "other")


def category_choice() -> forms.Select:
    """Return a choice whose options the page fills in."""
    return forms.Select(attrs={"class": "form-select", "data-type": "number"})


class SolveForm(forms.Form):
    """Solved on the spot: how, of which category, before and after."""

    category_id = forms.IntegerField(required=False, min_value=1, label=_("类别"), widget=category_choice())
    opinion = _words(_("怎样处置的"), lack=_("请写明处置情况"))
    before = photos(_("处置前照片"), "before", most=2, required=True, live=True)
    after = photos(_("处置后照片"), "after", most=2, required=True, live=True)


class ReasonForm(DeedForm):
    reason = _words(_("理由"), lack=_("请说明理由"))


class OpinionForm(DeedForm):
    opinion = _words(_("意见"), required=False)


class VerifyForm(OpinionForm):
    photo = photos(_("核查照片"), "photos", most=3, live=True)


class NoteForm(DeedForm):
    text = _words(_("进展"), lack=_("请写一句话"))
    photo = photos(_("照片"), "photos", most=3)


class ReturnForm(ReasonForm):
    """Sent back: a reason of the list, and in words."""

    field_order = ["unit_id", "reason_code", "reason"]
    reason_code = forms.ChoiceField(
        label=_("退回原因"),
        choices=[("", _("请选择")), *((each.value, _(each.label)) for each in ReturnReason)],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": _("退回须选择原因")},
    )


class ExtensionForm(ReasonForm):
    """More time, in the unit of the limit."""

    field_order = ["unit_id", "amount", "reason"]
    amount = forms.IntegerField(
        label=_("延长多久"),
        min_value=1,
        max_value=MAX_EXTENSION,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class TransferForm(ReasonForm):
    """Passed on to another unit."""

    field_order = ["unit_id", "to_unit_id", "reason"]
    to_unit_id = forms.TypedChoiceField(
        label=_("转给哪个单位"),
        coerce=int,
        widget=forms.Select(attrs={"class": "form-select", "data-type": "number"}),
        error_messages={"required": _("转办须指明另一单位")},
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        names = sorted(org.unit_names().items(), key=lambda each: each[1])
        field: forms.TypedChoiceField = self.fields["to_unit_id"]  # type: ignore[assignment]
        field.choices = [("", _("请选择")), *((pk, name) for pk, name in names)]
