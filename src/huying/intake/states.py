"""Words of the door: what becomes of everything that is sent to it."""

from huying.shared.words import Word

ANONYMOUS = "anonymous"  # source of what came with an invalid token


class Outcome(Word):
    """What one thing sent to the door is counted as. Each is received once and has one outcome."""

    RECEIVED = "received", "收到"
    ACCEPTED = "accepted", "已受理回执"  # told the sender so; what was stored is counted in the cases
    DUPLICATE = "duplicate", "重复"
    REJECTED = "rejected", "拒收"
    FAILED = "failed", "未能处理"  # our fault or a database away: nothing stored, the sender tries again
    IMPORTED = "imported", "导入"  # a row of a file, counted in the transaction that stored it
    BROKEN_OFF = "broken_off", "中断"  # received by a process that ended before it answered
