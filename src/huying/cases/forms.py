"""What may be asked of the list of cases."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.cases.queries import Filter
from huying.cases.states import State


class FilterForm(forms.Form):
    """The filter in the address of the list; what cannot be read is left out."""

    text = forms.CharField(required=False, max_length=100, label=_("文字或编号"))
    state = forms.ChoiceField(
        required=False,
        choices=[("", _("全部状态")), *((state.value, _(state.label)) for state in State)],
        label=_("状态"),
    )
    area = forms.CharField(required=False, max_length=24, label=_("辖区编码"))
    urgent = forms.BooleanField(required=False, label=_("仅紧急"))
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def filter(self) -> Filter:
        """Return the filter asked for; without a valid one everything the viewer may see."""
        self.is_valid()
        chosen = self.cleaned_data
        state = chosen.get("state")
        return Filter(
            states=(State(state),) if state else (),
            area_code=chosen.get("area", ""),
            urgent=True if chosen.get("urgent") else None,
            text=chosen.get("text", ""),
        )

    def before_id(self) -> int | None:
        self.is_valid()
        before: int | None = self.cleaned_data.get("before")
        return before


def _line() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control"})


class ReceiptForm(forms.Form):
    """What stands on a receipt."""

    number = forms.CharField(max_length=40, label=_("事件编号"), widget=_line())
    code = forms.CharField(max_length=40, label=_("回执码"), widget=_line())
