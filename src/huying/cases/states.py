"""The life of a case, as data. Read MOVES and you have read the whole workflow."""

from huying.org.states import Role
from huying.shared.words import Word


class State(Word):
    """Where a case is in the loop."""

    REPORTED = "reported", "待受理"
    ACCEPTED = "accepted", "待指派"
    IN_HAND = "in_hand", "处置中"
    HANDLED = "handled", "待核查"
    CLOSED = "closed", "已结案"
    SUSPENDED = "suspended", "挂账"
    DECLINED = "declined", "不予受理"
    MERGED = "merged", "并案"

    @property
    def tone(self) -> str:
        """Return the colour a page gives the word; the word is always there beside it."""
        return _TONES[self]


_TONES = {
    State.REPORTED: "orange",
    State.ACCEPTED: "yellow",
    State.IN_HAND: "blue",
    State.HANDLED: "cyan",
    State.CLOSED: "green",
    State.SUSPENDED: "purple",
    State.DECLINED: "secondary",
    State.MERGED: "secondary",
}


class AssignmentState(Word):
    """How far a called unit has come."""

    CALLED = "called", "已呼叫"
    ACKNOWLEDGED = "acknowledged", "已签收"
    ARRIVED = "arrived", "已到场"
    ANSWERED = "answered", "已答复"
    RETURNED = "returned", "已退回"
    TRANSFERRED = "transferred", "已转办"
    WITHDRAWN = "withdrawn", "已撤回"


class RequestState(Word):
    """What became of a request."""

    PENDING = "pending", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已驳回"
    LAPSED = "lapsed", "已失效"  # the assignment ended before anybody decided


class Verb(Word):
    """Everything that happens to a case."""

    REPORT = "report", "上报"
    IMPORT = "import", "导入"
    ACCEPT = "accept", "受理"
    DECLINE = "decline", "不予受理"
    MERGE = "merge", "并案"
    EXPEDITE = "expedite", "加急"
    ESCALATE = "escalate", "提级"
    SELF_HANDLE = "self_handle", "自行处置"
    ASSIGN = "assign", "指派"
    ACKNOWLEDGE = "acknowledge", "签收"
    ARRIVE = "arrive", "到场"
    ANSWER = "answer", "答复"
    FINISH = "finish", "处置完毕"  # follows by itself from the last answer
    REQUEST = "request", "申请"
    APPROVE = "approve", "批准"
    REFUSE = "refuse", "驳回"
    LAPSE = "lapse", "失效"  # of a request, when its assignment ends
    RETURN = "return", "退回"
    TRANSFER = "transfer", "转办"
    WITHDRAW = "withdraw", "撤回"
    UNASSIGN = "unassign", "退回待指派"  # follows by itself when nobody is left who was called
    SUSPEND = "suspend", "挂账"
    RESUME = "resume", "恢复办理"
    VERIFY = "verify", "核查通过"
    REWORK = "rework", "返工"
    EVALUATE = "evaluate", "评价"
    REOPEN = "reopen", "重新办理"
    NOTE = "note", "留言"
    ATTACH = "attach", "上传凭证"
    REVEAL = "reveal", "查看报事人"
    JOIN = "join", "我也遇到"
    PUBLISH = "publish", "公开"
    UNPUBLISH = "unpublish", "撤下公开"


class RequestKind(Word):
    """What a called unit may ask for."""

    RETURN = "return", "退回"
    EXTENSION = "extension", "延期"
    TRANSFER = "transfer", "转办"
    SUSPENSION = "suspension", "挂账"


class ReturnReason(Word):
    """Why a unit sends a case back."""

    NOT_OUR_DUTY = "not_our_duty", "非本单位职责"
    WRONG_PLACE = "wrong_place", "不在辖区"
    DUPLICATE = "duplicate", "重复事件"
    NOT_FOUND = "not_found", "现场不存在"
    INSUFFICIENT = "insufficient", "信息不足"


class Part(Word):
    """What a called unit answers for."""

    LEAD = "lead", "主办"
    SUPPORT = "support", "协办"


class Channel(Word):
    """How a report came in (B04, B17)."""

    RESIDENT = "resident", "居民上报"
    GRID = "grid", "网格巡查"
    PHONE = "phone", "电话代报"
    HOTLINE = "hotline", "12345热线"
    POLICE = "police", "110联动"
    PATROL = "patrol", "部门巡查"
    CAMERA = "camera", "视频识别"
    DEVICE = "device", "物联设备"
    SUPERIOR = "superior", "上级交办"
    HISTORY = "history", "历史导入"


class Satisfaction(Word):
    """How the resident judges the result."""

    SATISFIED = "satisfied", "满意"
    FAIRLY = "fairly", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"


class EvidenceKind(Word):
    """What a photo shows."""

    REPORT = "report", "上报照片"
    BEFORE = "before", "处置前"
    AFTER = "after", "处置后"
    ARRIVAL = "arrival", "到场"
    OTHER = "other", "其他"


CREATES: dict[Verb, State | None] = {
    Verb.REPORT: State.REPORTED,
    Verb.IMPORT: None,  # the state the case really has in the imported record
}

MOVES: dict[tuple[State, Verb], State] = {
    (State.REPORTED, Verb.ACCEPT): State.ACCEPTED,
    (State.REPORTED, Verb.DECLINE): State.DECLINED,
    (State.REPORTED, Verb.MERGE): State.MERGED,
    (State.REPORTED, Verb.SELF_HANDLE): State.CLOSED,
    (State.REPORTED, Verb.EXPEDITE): State.REPORTED,
    (State.REPORTED, Verb.ESCALATE): State.REPORTED,
    (State.ACCEPTED, Verb.ASSIGN): State.IN_HAND,
    (State.ACCEPTED, Verb.MERGE): State.MERGED,
    (State.ACCEPTED, Verb.SELF_HANDLE): State.CLOSED,
    (State.ACCEPTED, Verb.EXPEDITE): State.ACCEPTED,
    (State.ACCEPTED, Verb.ESCALATE): State.ACCEPTED,
    (State.IN_HAND, Verb.ASSIGN): State.IN_HAND,
    (State.IN_HAND, Verb.MERGE): State.MERGED,
    (State.IN_HAND, Verb.EXPEDITE): State.IN_HAND,
    (State.IN_HAND, Verb.ESCALATE): State.IN_HAND,
    (State.IN_HAND, Verb.ACKNOWLEDGE): State.IN_HAND,
    (State.IN_HAND, Verb.ARRIVE): State.IN_HAND,
    (State.IN_HAND, Verb.ANSWER): State.IN_HAND,
    (State.IN_HAND, Verb.FINISH): State.HANDLED,
    (State.IN_HAND, Verb.REQUEST): State.IN_HAND,
    (State.IN_HAND, Verb.APPROVE): State.IN_HAND,
    (State.IN_HAND, Verb.REFUSE): State.IN_HAND,
    (State.IN_HAND, Verb.RETURN): State.IN_HAND,
    (State.IN_HAND, Verb.TRANSFER): State.IN_HAND,
    (State.IN_HAND, Verb.WITHDRAW): State.IN_HAND,
    (State.IN_HAND, Verb.UNASSIGN): State.ACCEPTED,
    (State.IN_HAND, Verb.SUSPEND): State.SUSPENDED,
    (State.SUSPENDED, Verb.RESUME): State.IN_HAND,
    (State.HANDLED, Verb.VERIFY): State.CLOSED,
    (State.HANDLED, Verb.REWORK): State.IN_HAND,
    (State.CLOSED, Verb.EVALUATE): State.CLOSED,
    (State.CLOSED, Verb.REOPEN): State.IN_HAND,
    **{(state, Verb.NOTE): state for state in State},
    **{(state, Verb.REVEAL): state for state in State},
    **{
        (state, Verb.ATTACH): state
        for state in (State.REPORTED, State.ACCEPTED, State.IN_HAND, State.HANDLED, State.SUSPENDED)
    },
    **{
        (state, Verb.JOIN): state
        for state in (State.REPORTED, State.ACCEPTED, State.IN_HAND, State.HANDLED, State.SUSPENDED)
    },
    **{
        (state, verb): state
        for verb in (Verb.PUBLISH, Verb.UNPUBLISH)
        for state in State
        if state not in (State.DECLINED, State.MERGED)
    },
}

ASSIGNMENT_MOVES: dict[tuple[AssignmentState, Verb], AssignmentState] = {
    (AssignmentState.CALLED, Verb.ACKNOWLEDGE): AssignmentState.ACKNOWLEDGED,
    (AssignmentState.CALLED, Verb.ARRIVE): AssignmentState.ARRIVED,
    (AssignmentState.ACKNOWLEDGED, Verb.ARRIVE): AssignmentState.ARRIVED,
    (AssignmentState.ACKNOWLEDGED, Verb.ANSWER): AssignmentState.ANSWERED,
    (AssignmentState.ARRIVED, Verb.ANSWER): AssignmentState.ANSWERED,
    **{
        (state, verb): after
        for state in (AssignmentState.CALLED, AssignmentState.ACKNOWLEDGED, AssignmentState.ARRIVED)
        for verb, after in (
            (Verb.RETURN, AssignmentState.RETURNED),
            (Verb.TRANSFER, AssignmentState.TRANSFERRED),
            (Verb.WITHDRAW, AssignmentState.WITHDRAWN),
        )
    },
}

REQUEST_MOVES: dict[tuple[RequestState, Verb], RequestState] = {
    (RequestState.PENDING, Verb.APPROVE): RequestState.APPROVED,
    (RequestState.PENDING, Verb.REFUSE): RequestState.REFUSED,
    (RequestState.PENDING, Verb.LAPSE): RequestState.LAPSED,
}

LIVE = frozenset({AssignmentState.CALLED, AssignmentState.ACKNOWLEDGED, AssignmentState.ARRIVED})
OPEN = frozenset({State.REPORTED, State.ACCEPTED, State.IN_HAND, State.HANDLED, State.SUSPENDED})

_STAFF = frozenset(
    {
        Role.BUILDING_HEAD,
        Role.GRID_WORKER,
        Role.COMMUNITY_WORKER,
        Role.UNIT_WORKER,
        Role.COMMANDER,
        Role.LEADER,
    }
)
_CENTRE = frozenset({Role.COMMANDER})
_UNIT = frozenset({Role.UNIT_WORKER})  # of the assignment's own unit

GRANTS: dict[Verb, frozenset[Role]] = {
    Verb.REPORT: _STAFF | {Role.RESIDENT, Role.CONNECTOR},
    Verb.IMPORT: frozenset({Role.ADMINISTRATOR}),
    Verb.ACCEPT: _CENTRE,
    Verb.DECLINE: _CENTRE,
    Verb.MERGE: _CENTRE,
    Verb.EXPEDITE: _CENTRE | {Role.LEADER},
    Verb.ESCALATE: frozenset({Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.COMMANDER}),
    Verb.SELF_HANDLE: frozenset({Role.GRID_WORKER, Role.COMMUNITY_WORKER}),
    Verb.ASSIGN: _CENTRE,
    Verb.ACKNOWLEDGE: _UNIT,
    Verb.ARRIVE: _UNIT,
    Verb.ANSWER: _UNIT,
    Verb.REQUEST: _UNIT,
    Verb.WITHDRAW: _CENTRE,
    Verb.RESUME: _CENTRE | {Role.LEADER},
    Verb.VERIFY: frozenset({Role.COMMANDER, Role.GRID_WORKER, Role.COMMUNITY_WORKER}),
    Verb.REWORK: frozenset({Role.COMMANDER, Role.GRID_WORKER, Role.COMMUNITY_WORKER}),
    Verb.EVALUATE: frozenset({Role.RESIDENT, Role.COMMANDER}),  # the centre on call-back
    Verb.REOPEN: frozenset({Role.RESIDENT, Role.COMMANDER, Role.LEADER}),
    Verb.NOTE: _STAFF | {Role.RESIDENT},
    Verb.ATTACH: _STAFF | {Role.RESIDENT, Role.CONNECTOR},
    Verb.REVEAL: _STAFF,
    Verb.JOIN: frozenset({Role.RESIDENT}),  # everybody: whoever met with the same needs no receipt
    Verb.PUBLISH: frozenset({Role.COMMANDER, Role.COMMUNITY_WORKER}),
    Verb.UNPUBLISH: frozenset({Role.COMMANDER, Role.COMMUNITY_WORKER}),
}

# Who decides a request. The verb it leads to (RETURN, TRANSFER, SUSPEND) needs no grant of its own.
DECIDERS: dict[RequestKind, frozenset[Role]] = {
    RequestKind.RETURN: _CENTRE,
    RequestKind.EXTENSION: _CENTRE | {Role.LEADER},
    RequestKind.TRANSFER: _CENTRE,
    RequestKind.SUSPENSION: frozenset({Role.LEADER}),
}
