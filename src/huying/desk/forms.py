"""What is asked for each thing somebody may do with a case: only the fields its action needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.cases.states import EvidenceKind, RequestKind, ReturnReason, Satisfaction
from huying.shared.words import Word

Choices = Sequence[tuple[Any, Any]]
LONGEST = 4_000  # characters, as the API has it
LINES = 3


@dataclass(frozen=True, slots=True)
class Offered:
    """What may be chosen for one case. Ids in digits, each with its name.

    likely, proposed: categories and units proposed, the likeliest first. called: units that work on it; own:
    those of them the actor works for.
    """

    categories: Choices = ()
    likely: Choices = ()
    areas: Choices = ()
    area_code: str = ""
    place_certain: bool = True
    has_category: bool = False
    units: Choices = ()
    proposed: Choices = ()
    support: tuple[str, ...] = ()  # proposed helpers of the first proposal
    called: Choices = ()
    own: Choices = ()
    has_lead: bool = False
    alike: Choices = ()  # numbers of possible duplicates
    text: str = ""  # what is public now, else what was reported


def _words(words: Iterable[Word]) -> list[tuple[str, Any]]:
    return [(word.value, _(word.label)) for word in words]


def _text(label: Any, *, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": LINES, "class": "form-control"})
    return forms.CharField(label=label, required=required, max_length=LONGEST, widget=area)


class DeedForm(forms.Form):
    """One thing to do; `offered` fills what may be chosen."""

    def __init__(self, offered: Offered, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(offered)
        for each in self.fields.values():
            kind = "form-select" if isinstance(each.widget, forms.Select) else "form-control"
            if not isinstance(
                each.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect
            ):
                each.widget.attrs.setdefault("class", kind)

    def offer(self, offered: Offered) -> None:
        """Fill in what may be chosen; by default there is nothing to choose."""

    def choose(self, name: str, choices: Choices, *, first: str = "") -> None:
        """Set the choices of a field; first: the one that is chosen at the beginning."""
        found = self.fields[name]
        found.choices = choices  # type: ignore[attr-defined]  # of the two kinds of fields with choices
        if first:
            found.initial = first


class EmptyForm(DeedForm):
    """Nothing to say: the button is enough."""


class OpinionForm(DeedForm):
    opinion = _text(_("意见（可不填）"), required=False)


class ReasonForm(DeedForm):
    reason = _text(_("理由"))


class AcceptForm(DeedForm):
    """Category and grid, both proposed."""

    category = forms.ChoiceField(label=_("类别"))
    area = forms.ChoiceField(label=_("所在网格"), required=False)
    opinion = _text(_("意见（可不填）"), required=False)

    def offer(self, offered: Offered) -> None:
        chosen = offered.likely[0][0] if offered.likely else ""
        every: Choices = offered.categories
        if offered.likely:
            every = [(_("建议"), list(offered.likely)), (_("全部类别"), list(offered.categories))]
        self.choose("category", every if chosen else [("", _("请选择")), *every], first=chosen)
        if offered.place_certain:
            del self.fields["area"]
            return
        self.fields["area"].required = True
        self.choose("area", [("", _("请核实后选择")), *offered.areas])


class MergeForm(DeedForm):
    into = forms.CharField(label=_("并入的事件编号"), max_length=40)
    opinion = _text(_("意见（可不填）"), required=False)

    def offer(self, offered: Offered) -> None:
        if offered.alike:
            self.fields["into"].initial = offered.alike[0][0]


class AssignForm(DeedForm):
    """One leads, others help; all are called at once."""

    lead = forms.ChoiceField(label=_("主办单位"), required=False)
    support = forms.MultipleChoiceField(
        label=_("协办单位"), required=False, widget=forms.CheckboxSelectMultiple
    )
    final = forms.BooleanField(label=_("最终指定：不得退回或转办"), required=False)
    opinion = _text(_("交办意见（可不填）"), required=False)

    def offer(self, offered: Offered) -> None:
        free = [(pk, name) for pk, name in offered.units if pk not in dict(offered.called)]
        self.choose("support", free)
        self.fields["support"].initial = list(offered.support)
        if offered.has_lead:
            del self.fields["lead"], self.fields["final"]
            return
        self.fields["lead"].required = True
        if not offered.proposed:
            self.choose("lead", [("", _("请选择")), *free])
            return
        groups = [(_("建议"), list(offered.proposed)), (_("全部单位"), free)]
        self.choose("lead", groups, first=offered.proposed[0][0])


class OwnUnitForm(DeedForm):
    """Asked of who works for several called units; for all others there is nothing to choose."""

    unit = forms.ChoiceField(label=_("代表单位"))

    def offer(self, offered: Offered) -> None:
        self.choose("unit", offered.own, first=offered.own[0][0] if offered.own else "")
        if len(offered.own) < 2:
            self.fields["unit"].widget = forms.HiddenInput()


class ArriveForm(OwnUnitForm):
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    reason = _text(_("不能定位或不在附近时，请说明"), required=False)


class AnswerForm(OwnUnitForm):
    opinion = _text(_("处置情况"))


class AskForm(OwnUnitForm):
    kind = forms.ChoiceField(label=_("申请什么"), choices=_words(RequestKind))
    reason = _text(_("理由"))
    reason_code = forms.ChoiceField(
        label=_("退回原因（申请退回时）"), required=False, choices=[("", "—"), *_words(ReturnReason)]
    )
    amount = forms.IntegerField(
        label=_("延长多少（按原时限的单位）"), required=False, min_value=1, max_value=90
    )
    to_unit = forms.ChoiceField(label=_("转给哪个单位（申请转办时）"), required=False)

    def offer(self, offered: Offered) -> None:
        super().offer(offered)
        self.choose("to_unit", [("", "—"), *offered.units])


class WithdrawForm(DeedForm):
    unit = forms.ChoiceField(label=_("撤回哪个单位"))
    reason = _text(_("理由"))

    def offer(self, offered: Offered) -> None:
        self.choose("unit", offered.called)


class SelfHandleForm(DeedForm):
    category = forms.ChoiceField(label=_("类别"), required=False)
    opinion = _text(_("处置情况"))

    def offer(self, offered: Offered) -> None:
        self.choose("category", [("", _("不改变")), *offered.likely, *offered.categories])


class EvaluateForm(DeedForm):
    satisfaction = forms.ChoiceField(label=_("满意程度"), choices=_words(Satisfaction))
    solved = forms.TypedChoiceField(
        label=_("问题解决了吗"),
        choices=[("yes", _("已解决")), ("no", _("未解决"))],
        coerce=lambda value: value == "yes",
    )
    text = _text(_("评价（可不填）"), required=False)
    called_back = forms.BooleanField(label=_("电话回访所得"), required=False, initial=True)


class NoteForm(DeedForm):
    text = _text(_("留言"))
    public = forms.BooleanField(label=_("报事人可见"), required=False)


class PublishForm(DeedForm):
    """What everybody may read: written anew, without names, numbers of persons and doors."""

    text = _text(_("公开的文字（不含姓名、电话、门牌）"))

    def offer(self, offered: Offered) -> None:
        self.fields["text"].initial = offered.text


class AttachForm(DeedForm):
    photo = forms.FileField(
        label=_("照片"), widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    )
    kind = forms.ChoiceField(
        label=_("照片内容"), choices=_words(EvidenceKind), initial=EvidenceKind.OTHER.value
    )
