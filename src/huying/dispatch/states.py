"""Words of dispatch."""

from huying.shared.words import Word


class ReasonKind(Word):
    """What a reason for a proposal rests on."""

    LISTED = "listed", "清单列明"
    HISTORY = "history", "历史办理"
    ALIKE = "alike", "相近类别"
    NAME = "name", "名称相符"
