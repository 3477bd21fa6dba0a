"""What intake writes: history of other systems, what was turned away, what came to the door."""

from huying.intake.actions.accounting import fold, forget
from huying.intake.actions.history import Imported, Known, import_rows
from huying.intake.actions.rejecting import reject

__all__ = ["Imported", "Known", "fold", "forget", "import_rows", "reject"]
