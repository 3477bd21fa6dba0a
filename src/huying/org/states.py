"""Words of the organisation: kinds of units, roles, the chain of responsibility."""

from huying.shared.words import Word


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
