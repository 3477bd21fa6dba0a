"""Words of devices: what one is, whether it answers, who may do what."""

from huying.org.states import Role
from huying.shared.words import Word


class Kind(Word):
    """What a device is (H03)."""

    CAMERA = "camera", "摄像头"
    SENSOR = "sensor", "传感器"
    RECORDER = "recorder", "执法记录仪"


class Condition(Word):
    """Whether a device answers."""

    ONLINE = "online", "在线"
    OFFLINE = "offline", "离线"


class Verb(Word):
    """Everything that happens to a device."""

    REGISTER = "register_device", "登记设备"
    WITHDRAW = "withdraw_device", "停用设备"
    BEAT = "beat_device", "报告设备状态"


GRANTS: dict[Verb, frozenset[Role]] = {
    Verb.REGISTER: frozenset({Role.ADMINISTRATOR, Role.COMMANDER}),
    Verb.WITHDRAW: frozenset({Role.ADMINISTRATOR, Role.COMMANDER}),
    Verb.BEAT: frozenset({Role.CONNECTOR, Role.ADMINISTRATOR, Role.COMMANDER}),
}
READERS = frozenset(
    {
        Role.COMMANDER,
        Role.LEADER,
        Role.SUPERVISOR,
        Role.COMMUNITY_WORKER,
        Role.GRID_WORKER,
        Role.ADMINISTRATOR,
    }
)
