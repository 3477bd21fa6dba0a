"""The only writes of the messages: queueing, claiming, completing, and changing outlets."""

from huying.messages.actions.queueing import queued

__all__ = ["queued"]
