"""The filter of the desk, as it stands in the address."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.cases.queries import Wanted
from huying.cases.states import OPEN, State
from huying.desk.forms import Choices

LONGEST = 100  # characters of a search
EVERY_STATE: Choices = [("", _("全部状态")), *((each.value, _(each.label)) for each in State if each in OPEN)]


class DeskForm(forms.Form):
    """What cannot be read is left out. Lists of choices are checked by what they find."""

    q = forms.CharField(required=False, max_length=LONGEST, label=_("文字或编号"))
    state = forms.ChoiceField(required=False, choices=EVERY_STATE, label=_("状态"))
    category = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, label=_("类别"))
    area = forms.CharField(required=False, max_length=24, label=_("辖区"))
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, label=_("承办单位"))
    urgent = forms.BooleanField(required=False, label=_("仅紧急"))
    overdue = forms.BooleanField(required=False, label=_("仅超时"))

    def wanted(self, at: datetime) -> Wanted:
        """Return the filter asked for; without a valid one everything that is the viewer's work."""
        self.is_valid()
        chosen: dict[str, Any] = self.cleaned_data
        state = chosen.get("state")
        return Wanted(
            states=(State(state),) if state else (),
            area_code=chosen.get("area", ""),
            category_id=chosen.get("category"),
            unit_id=chosen.get("unit"),
            urgent=True if chosen.get("urgent") else None,
            text=chosen.get("q", "").strip(),
            due_before=at if chosen.get("overdue") else None,
        )

    def is_narrowed(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())
