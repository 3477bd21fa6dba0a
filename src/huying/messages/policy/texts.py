"""What a group chat reads: number, stage, community and a link; never what somebody wrote, nor a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from huying.messages.policy.pace import LISTED
from huying.messages.states import Topic

SHANGHAI = timezone(timedelta(hours=8))
STAGES = {
    "accept": "受理",
    "assign": "指派",
    "acknowledge": "签收",
    "arrive": "到场",
    "dispose": "处置",
    "verify": "核查",
    "evaluate": "评价",
}  # clocks stand above messages; a test compares

# {place} "清风社区", {urgent} "【紧急】" or "", {stage} "受理", {due} "11月21日 09:10"
TEMPLATES: Mapping[Topic, str] = {
    Topic.REPORT: "{urgent}{place}有新的上报，请及时受理。",
    Topic.ACCEPT: "{urgent}{place}的事件已受理，请指派。",
    Topic.ASSIGN: "{urgent}{place}的事件已指派，请签收并处置。",
    Topic.RETURN: "{urgent}{place}的事件被退回，请重新指派。",
    Topic.EXPEDITE: "【紧急】{place}的事件已加急，请优先办理。",
    Topic.ESCALATE: "{urgent}{place}的事件已提级，请关注。",
    Topic.FINISH: "{urgent}{place}的事件处置完毕，请核查。",
    Topic.VERIFY: "{urgent}{place}的事件核查通过，已结案。",
    Topic.REWORK: "{urgent}{place}的事件核查未通过，请返工。",
    Topic.REOPEN: "{urgent}{place}的事件重新办理，请尽快处置。",
    Topic.DEADLINE_WARNING: "{urgent}{place}的事件{stage}时限将到（{due}），请抓紧。",
    Topic.DEADLINE_DUE: "{urgent}{place}的事件{stage}已超时（应于{due}前完成），请立即办理。",
    Topic.TRIAL: "这是一条试发消息，收到即表示渠道已接通。",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it will be told. place: name at community level, "" = not known."""

    id: str
    topic: Topic
    number: str
    facts: Mapping[str, object]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What one request says: a title for a notification, the lines below it, the ids it carries."""

    title: str
    lines: tuple[str, ...]
    ids: tuple[str, ...]

    @property
    def whole(self) -> str:
        return "\n".join([self.title, *self.lines])


def composed(messages: Sequence[Told], site: str) -> Text:
    """Return the text of one message, or of a digest of several.

    site: address of the installation, e.g. "https://huying.example.cn"; "" = no links.
    """
    ids = tuple(each.id for each in messages)
    if len(messages) == 1:
        told = messages[0]
        return Text(f"【{told.topic.label}】{told.number}", tuple(_lines(told, site)), ids)
    counts = Counter(each.topic.label for each in messages)
    kinds = "、".join(f"{label}{count}条" for label, count in counts.most_common())
    lines = [f"{each.topic.label} {each.number} {each.place}".rstrip() for each in messages[:LISTED]]
    if len(messages) > LISTED:
        lines.append(f"另有{len(messages) - LISTED}条，请登录查看。")
    link = [f"{site}/cases/"] if site else []
    return Text(f"【汇总】共{len(messages)}条通知", (f"{kinds}。", *lines, *link), ids)


def _lines(told: Told, site: str) -> list[str]:
    due = told.facts.get("due_at")
    sentence = TEMPLATES[told.topic].format(
        place=told.place or "辖区",
        urgent="【紧急】" if told.facts.get("urgent") else "",
        stage=STAGES.get(str(told.facts.get("stage", "")), ""),
        due=_moment(str(due)) if due else "",
    )
    link = [f"{site}/cases/{told.number}/"] if site and told.topic is not Topic.TRIAL else []
    return [sentence, *link]


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at.month}月{at.day}日 {at:%H:%M}"
