"""What a unit fills in for its own day."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.departments.actions import Going


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"class": "form-control", "type": "time"}, format="%H:%M")


class PlanForm(forms.Form):
    """When, who, and a word to them."""

    unit_id = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    day = forms.DateField(label=_("哪天"), widget=_day())
    at = forms.TimeField(label=_("几点"), required=False, widget=_time())
    goes = forms.TypedMultipleChoiceField(
        label=_("谁去"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *given: Any, colleagues: Mapping[int, str], **options: Any) -> None:
        super().__init__(*given, **options)
        field: forms.TypedMultipleChoiceField = self.fields["goes"]  # type: ignore[assignment]
        field.choices = list(colleagues.items())

    @property
    def going(self) -> Going:
        said = self.cleaned_data
        return Going(said["day"], said["at"], said["goes"], said["note"])


class DayForm(forms.Form):
    """Which day of the plan is shown; what cannot be read is today."""

    day = forms.DateField(required=False)
