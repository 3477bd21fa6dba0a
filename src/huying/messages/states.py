"""Words of the messages: what may be told, by which channel, and what became of it."""

from huying.org.states import Role
from huying.shared.words import Word


class OutletKind(Word):
    """The channel an outlet speaks to."""

    DINGTALK = "dingtalk", "钉钉群机器人"
    WECOM = "wecom", "企业微信群机器人"
    FEISHU = "feishu", "飞书群机器人"
    SMS = "sms", "短信网关"  # HTTP, docs/messages.md
    APPRISE = "apprise", "其他渠道"  # any address that Apprise understands


class Topic(Word):
    """What may be subscribed to; the values are the verbs of cases and clocks."""

    REPORT = "report", "新上报"
    ACCEPT = "accept", "已受理"
    ASSIGN = "assign", "已指派"
    RETURN = "return", "被退回"
    EXPEDITE = "expedite", "加急"
    ESCALATE = "escalate", "提级"
    FINISH = "finish", "处置完毕"
    VERIFY = "verify", "核查通过"
    REWORK = "rework", "返工"
    REOPEN = "reopen", "重新办理"
    DEADLINE_WARNING = "deadline_warning", "时限预警"
    DEADLINE_DUE = "deadline_due", "已超时"
    TRIAL = "trial", "试发"  # to one outlet, by an operator; nobody subscribes to it


class MessageState(Word):
    """Where a message stands."""

    PENDING = "pending", "待发"
    RUNNING = "running", "发送中"
    DELIVERED = "delivered", "已送达"  # the provider gave its receipt
    DEAD = "dead", "未送达"  # refused for good, or tried too often


class Outcome(Word):
    """What a provider made of one sending."""

    DELIVERED = "delivered", "已接收"
    LATER = "later", "暂时失败"
    LIMITED = "limited", "限流"
    REFUSED = "refused", "拒收"


USUAL = (Topic.ASSIGN, Topic.REWORK, Topic.REOPEN, Topic.DEADLINE_WARNING, Topic.DEADLINE_DUE)
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})  # add, close, try and revive outlets
ACCOUNT_READERS = frozenset({Role.COMMANDER, Role.LEADER, Role.ADMINISTRATOR, Role.SUPERVISOR})
