"""What the ledger's own words mean to people, and a row in few words."""

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as said

from huying.administration.policy.verdicts import Judged
from huying.org.states import Verb

register = template.Library()

DEEDS = {verb.value: verb.label for verb in Verb} | {
    "create_area": said("设立辖区"),
    "renew_area": said("更改辖区"),
    "edit_area": said("更改辖区"),
    "name_area": said("增加别名"),
    "void_area": said("作废辖区"),
    "set_boundary": said("划定边界"),
    "add_estate": said("登记小区"),
    "add_building": said("登记楼栋"),
    "void_building": said("作废楼栋"),
    "stage_limit_set": said("设置时限"),
    "calendar_published": said("发布日历"),
    "import_catalogue": said("导入清单"),
    "publish_edition": said("发布清单"),
    "import_table": said("导入表格"),
}
FACTS = {
    "name": said("名称"),
    "phone": said("电话"),
    "employment": said("用工性质"),
    "workload_weight": said("工作量权重"),
    "area": said("辖区"),
    "area_id": said("辖区(内部编号)"),
    "estate_id": said("小区(内部编号)"),
    "aliases": said("别名"),
    "area_m2": said("面积"),
    "address": said("地址"),
    "floors": said("层数"),
    "entrances": said("单元"),
    "lng": said("经度"),
    "lat": said("纬度"),
    "scene": said("场景"),
    "estate_class": said("类别"),
    "kind": said("类型"),
    "role": said("角色"),
    "unit": said("单位"),
    "post": said("岗位"),
    "level": said("责任层级"),
    "staff": said("人员编号"),
    "username": said("用户名"),
    "reason": said("原因"),
    "before": said("原为"),
    "after": said("改为"),
    "buildings": said("楼栋"),
    "starts_at": said("开始"),
    "ends_at": said("结束"),
    "shift": said("班次"),
    "source": said("来源"),
    "valid_from": said("生效日期"),
    "is_head": said("负责人岗位"),
}
FEW = 5  # cells of a new row shown in a line


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
