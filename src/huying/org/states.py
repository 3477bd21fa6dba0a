"""Words of the organisation: units and posts, the chain of responsibility, roles and what they cover."""

from huying.places.states import AreaLevel
from huying.shared.words import Word


class UnitKind(Word):
    """What an organisation is. Source: requirements A01–A06, A14, A26, A28, D13, D25."""

    PARTY_WORK_COMMITTEE = "party_work_committee", "党工委"
    STREET_OFFICE = "street_office", "街道办事处"
    COMMAND_CENTRE = "command_centre", "指挥室"
    DEPARTMENT = "department", "部门"
    STATION = "station", "派驻机构"
    JOINT_SQUAD = "joint_squad", "综合执法队"
    PLATFORM = "platform", "平台"
    APPROVAL_OFFICE = "approval_office", "审批服务机构"
    CENTRE = "centre", "中心"
    COMMUNITY = "community", "社区"
    GRID = "grid", "网格"
    PARTY_COMMITTEE = "party_committee", "党委"
    PARTY_GENERAL_BRANCH = "party_general_branch", "党总支"
    PARTY_BRANCH = "party_branch", "党支部"
    ENTERPRISE_PROPERTY = "enterprise_property", "物业企业"
    EXTERNAL = "external", "外部单位"


# 楼道建支部、网格建总支、社区建党委 (A06): what a party organisation may answer to in its own line.
PARTY_PARENTS = {
    UnitKind.PARTY_BRANCH: frozenset({UnitKind.PARTY_GENERAL_BRANCH, UnitKind.PARTY_COMMITTEE}),
    UnitKind.PARTY_GENERAL_BRANCH: frozenset({UnitKind.PARTY_COMMITTEE}),
    UnitKind.PARTY_COMMITTEE: frozenset({UnitKind.PARTY_WORK_COMMITTEE, UnitKind.PARTY_COMMITTEE}),
}


class Employment(Word):
    """How somebody works for the street (A16, A29)."""

    FULL_TIME = "full_time", "专职"
    PART_TIME = "part_time", "兼职"
    VOLUNTEER = "volunteer", "义工"


class AppointmentKind(Word):
    """On what ground somebody fills a post (D23, D25)."""

    SUBSTANTIVE = "substantive", "专任"
    CONCURRENT = "concurrent", "兼任"
    STATIONED = "stationed", "派驻"
    ACTING = "acting", "代理"


class ChainLevel(Word):
    """The five levels of responsibility, the highest first (A12)."""

    LIAISON_CADRE = "liaison_cadre", "联社区干部"
    COMMUNITY_HEAD = "community_head", "社区主要领导"
    GRID_CHIEF = "grid_chief", "网格长"
    GRID_WORKER = "grid_worker", "网格员"
    BUILDING_HEAD = "building_head", "楼长"


class How(Word):
    """By what right a person answers for a place at this moment."""

    HOLDER = "holder", "责任人"
    DEPUTY = "deputy", "代班人"
    SUPERIOR = "superior", "上一级责任人"
    DUTY_ROOM = "duty room", "值班室"


class Lack(Word):
    """Why a level of the chain names nobody."""

    VACANT = "vacant", "未落实责任人"
    ALL_AWAY = "all_away", "责任人及代班人均不在岗"
    NO_BUILDING = "no_building", "未定位到楼栋"


class Role(Word):
    """What a person may be. Who may do what with a case: `cases/states.py` GRANTS."""

    RESIDENT = "resident", "居民"
    BUILDING_HEAD = "building_head", "楼长"
    GRID_WORKER = "grid_worker", "网格员"
    COMMUNITY_WORKER = "community_worker", "社工"
    UNIT_WORKER = "unit_worker", "部门人员"
    COMMANDER = "commander", "指挥室值班员"
    LEADER = "leader", "街道领导"
    SUPERVISOR = "supervisor", "纪检监察"
    CONNECTOR = "connector", "接入系统"
    ADMINISTRATOR = "administrator", "系统管理员"


class Scope(Word):
    """What bounds a role: a part of the area tree, one unit, its own reports, or nothing of the cases."""

    AREA = "area", "辖区"
    UNIT = "unit", "单位"
    OWN = "own", "本人或本系统上报"
    NONE = "none", "不含案件"


SCOPES: dict[Role, Scope] = {
    Role.RESIDENT: Scope.OWN,
    Role.BUILDING_HEAD: Scope.AREA,
    Role.GRID_WORKER: Scope.AREA,
    Role.COMMUNITY_WORKER: Scope.AREA,
    Role.UNIT_WORKER: Scope.UNIT,
    Role.COMMANDER: Scope.AREA,
    Role.LEADER: Scope.AREA,
    Role.SUPERVISOR: Scope.AREA,
    Role.CONNECTOR: Scope.OWN,
    Role.ADMINISTRATOR: Scope.NONE,
}

MACHINE_ROLES = frozenset({Role.CONNECTOR, Role.SUPERVISOR})  # the second for read-only exports

# Administrators are kept apart from the business, supervisors from what they supervise.
# Source: GB/T 22239-2019 §8.1.4.2.
INCOMPATIBLE: dict[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset(Role) - {Role.ADMINISTRATOR, Role.RESIDENT},
    Role.SUPERVISOR: frozenset(Role) - {Role.SUPERVISOR, Role.RESIDENT},
}


class Verb(Word):
    """Everything that changes the organisation."""

    CREATE_UNIT = "create_unit", "设立单位"
    EDIT_UNIT = "edit_unit", "更改单位"
    MOVE_UNIT = "move_unit", "调整隶属"
    CLOSE_UNIT = "close_unit", "撤销单位"
    LINK_BRANCH = "link_branch", "划定支部楼栋"
    CREATE_POST = "create_post", "设置岗位"
    HIRE = "hire", "登记人员"
    EDIT_STAFF = "edit_staff", "更改人员"
    DISMISS = "dismiss", "人员离岗"
    RECORD_TRAINING = "record_training", "登记培训"
    APPOINT = "appoint", "任职"
    END_APPOINTMENT = "end_appointment", "免职"
    MAKE_RESPONSIBLE = "make_responsible", "落实责任人"
    RELEASE = "release", "解除责任"
    ENROL_VOLUNTEER = "enrol_volunteer", "登记楼栋义工"
    NAME_DEPUTY = "name_deputy", "指定代班人"
    END_DEPUTY = "end_deputy", "取消代班人"
    RECORD_ABSENCE = "record_absence", "登记离岗"
    END_ABSENCE = "end_absence", "销假"
    SCHEDULE_SHIFT = "schedule_shift", "排班"
    CANCEL_SHIFT = "cancel_shift", "取消排班"
    HAND_OVER = "hand_over", "交班"
    CONFIRM = "confirm", "接班确认"
    OPEN_ACCOUNT = "open_account", "开通账号"
    RESET_PASSWORD = "reset_password", "重置密码"
    CHANGE_PASSWORD = "change_password", "修改密码"
    LOCK_ACCOUNT = "lock_account", "停用账号"
    UNLOCK_ACCOUNT = "unlock_account", "启用账号"
    GRANT = "grant", "授权"
    REVOKE_GRANT = "revoke_grant", "收回授权"
    ISSUE_TOKEN = "issue_token", "发放令牌"
    REVOKE_TOKEN = "revoke_token", "吊销令牌"


_ADMINISTRATION = frozenset({Role.ADMINISTRATOR})
_ROSTER = frozenset({Role.ADMINISTRATOR, Role.COMMANDER})
_COMMUNITY = frozenset({Role.ADMINISTRATOR, Role.COMMANDER, Role.COMMUNITY_WORKER})

# Who may do it within the area of the unit or place; SELF_SERVICE is also open to the person concerned.
GRANTS: dict[Verb, frozenset[Role]] = {
    **dict.fromkeys(Verb, _ADMINISTRATION),
    Verb.RECORD_TRAINING: _ROSTER,
    Verb.MAKE_RESPONSIBLE: _ROSTER,
    Verb.RELEASE: _ROSTER,
    Verb.ENROL_VOLUNTEER: _COMMUNITY,
    Verb.NAME_DEPUTY: _ROSTER,
    Verb.END_DEPUTY: _ROSTER,
    Verb.RECORD_ABSENCE: _ROSTER,
    Verb.END_ABSENCE: _ROSTER,
    Verb.SCHEDULE_SHIFT: _ROSTER,
    Verb.CANCEL_SHIFT: _ROSTER,
    Verb.HAND_OVER: frozenset(),
    Verb.CONFIRM: frozenset(),
}
GAP_READERS = frozenset({Role.COMMANDER, Role.LEADER, Role.SUPERVISOR})
SELF_SERVICE = frozenset(
    {Verb.RECORD_ABSENCE, Verb.END_ABSENCE, Verb.HAND_OVER, Verb.CONFIRM, Verb.CHANGE_PASSWORD}
)

# Which links every place of a level must have, its own or those of a wider place (A12, A18).
REQUIRED_LINKS: dict[AreaLevel, tuple[ChainLevel, ...]] = {
    AreaLevel.COMMUNITY: (ChainLevel.LIAISON_CADRE, ChainLevel.COMMUNITY_HEAD),
    AreaLevel.GRID: (ChainLevel.GRID_CHIEF, ChainLevel.GRID_WORKER),
}
