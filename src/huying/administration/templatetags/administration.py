"""What the ledger's own words mean to people, and a row in few words."""

from collections.abc import Mapping
from typing import Protocol

from django import template
from django.utils.translation import gettext, gettext_noop

from huying.administration.policy.verdicts import Judged
from huying.clocks.states import LimitType, Stage
from huying.org.states import Verb

register = template.Library()

DEEDS = {verb.value: verb.label for verb in Verb} | {
    "create_area": gettext_noop("设立辖区"),
    "renew_area": gettext_noop("更改辖区"),
    "edit_area": gettext_noop("更改辖区"),
    "name_area": gettext_noop("增加别名"),
    "void_area": gettext_noop("作废辖区"),
    "set_boundary": gettext_noop("划定边界"),
    "add_estate": gettext_noop("登记小区"),
    "add_building": gettext_noop("登记楼栋"),
    "void_building": gettext_noop("作废楼栋"),
    "stage_limit_set": gettext_noop("设置时限"),
    "calendar_published": gettext_noop("发布日历"),
    "import_catalogue": gettext_noop("导入清单"),
    "publish_edition": gettext_noop("发布清单"),
    "import_table": gettext_noop("导入表格"),
}
FACTS = {
    "name": gettext_noop("名称"),
    "phone": gettext_noop("电话"),
    "employment": gettext_noop("用工性质"),
    "workload_weight": gettext_noop("工作量权重"),
    "area": gettext_noop("辖区"),
    "area_id": gettext_noop("辖区（内部编号）"),
    "estate_id": gettext_noop("小区（内部编号）"),
    "aliases": gettext_noop("别名"),
    "area_m2": gettext_noop("面积"),
    "address": gettext_noop("地址"),
    "floors": gettext_noop("层数"),
    "entrances": gettext_noop("单元"),
    "lng": gettext_noop("经度"),
    "lat": gettext_noop("纬度"),
    "scene": gettext_noop("场景"),
    "estate_class": gettext_noop("类别"),
    "kind": gettext_noop("类型"),
    "role": gettext_noop("角色"),
    "unit": gettext_noop("单位"),
    "post": gettext_noop("岗位"),
    "level": gettext_noop("责任层级"),
    "staff": gettext_noop("姓名"),
    "deputy": gettext_noop("代班人"),
    "username": gettext_noop("用户名"),
    "reason": gettext_noop("原因"),
    "before": gettext_noop("原为"),
    "after": gettext_noop("改为"),
    "buildings": gettext_noop("楼栋"),
    "starts_at": gettext_noop("开始"),
    "ends_at": gettext_noop("结束"),
    "shift": gettext_noop("班次"),
    "source": gettext_noop("来源"),
    "valid_from": gettext_noop("生效日期"),
    "is_head": gettext_noop("负责人岗位"),
    "rows": gettext_noop("行"),
    "file": gettext_noop("文件"),
}
FEW = 5  # cells of a new row shown in a line


class _Category(Protocol):
    limit_amount: int | None
    limit_type: str


class _Edition(Protocol):
    default_limit_amount: int
    default_limit_type: str


@register.filter
def deed(verb: str) -> str:
    """Return what an entry's verb is called."""
    return gettext(DEEDS.get(verb, verb))


@register.filter
def fact(name: str) -> str:
    """Return what a field of an entry is called."""
    return gettext(FACTS.get(name, name))


@register.filter
def summary(judged: Judged) -> str:
    """Return the first cells of a row in one line."""
    return " · ".join([cell for cell in judged.row.cells.values() if cell][:FEW])


@register.filter
def limit(category: _Category) -> str:
    """Return the limit stated for a category; "" for none."""
    return _limit(category.limit_amount, category.limit_type)


@register.filter
def default_limit(edition: _Edition) -> str:
    """Return the limit of an edition's categories that state none."""
    return _limit(edition.default_limit_amount, edition.default_limit_type)


def _limit(amount: int | None, kind: str) -> str:
    return f"{amount} {gettext(LimitType(kind).label)}" if amount else ""


@register.filter
def stage(subject: str) -> str:
    """Return the stage an entry about a limit names: "stage:accept:urgent"."""
    _, name, *urgent = subject.split(":")
    label = gettext(Stage(name).label)
    return gettext("%(stage)s（紧急）") % {"stage": label} if urgent else label


@register.filter
def worded(limit_said: str) -> str:
    """Return a limit as the ledger has it, "10 urgent_minutes", in words; 不计时 for none."""
    amount, _, kind = limit_said.partition(" ")
    return _limit(int(amount), kind) if kind else gettext("不计时")


@register.filter
def of(found: Mapping[int, list[object]], key: int) -> list[object]:
    """Return what a mapping has for a key; nothing for none."""
    return found.get(key, [])
