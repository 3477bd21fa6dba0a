"""Messages that leave the house: an outbox written with the case, delivered by workers, accounted for."""
