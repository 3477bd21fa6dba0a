"""Words of the patrol: what is known of a building, and what changes it."""

from huying.shared.words import Word


class FactKind(Word):
    """What is known of a building (A20). Facts of PERSONAL say something of a person."""

    HOUSEHOLDS = "households", "户数"
    RESIDENTS = "residents", "常住人数"
    RENTED = "rented", "出租户数"
    LIFTS = "lifts", "电梯数"
    FACILITY = "facility", "消防和公共设施"
    HAZARD = "hazard", "隐患"
    OTHER = "other", "其他情况"
    CONTACT = "contact", "紧急联系人"
    HELP = "help", "需要上门关心"


class Verb(Word):
    """What happens on a patrol and to the facts of a building."""

    SET_OUT = "set_out", "开始巡查"
    TRACK = "track", "开启轨迹"
    UNTRACK = "untrack", "关闭轨迹"
    COME_BACK = "come_back", "结束巡查"
    LOOK_AT_TRACK = "look_at_track", "查看轨迹"
    STATE_FACT = "state_fact", "登记楼栋情况"
    END_FACT = "end_fact", "注销楼栋情况"
    OPEN_PERSONAL = "open_personal", "查看个人信息"


COUNTED = frozenset({FactKind.HOUSEHOLDS, FactKind.RESIDENTS, FactKind.RENTED, FactKind.LIFTS})  # one number
PERSONAL = frozenset({FactKind.CONTACT, FactKind.HELP})  # closed until somebody says why he looks
