"""What somebody has seen of the tours."""

from datetime import datetime

from huying.look.models import TourSeen


def finish_tour(user_id: int, tour: str, *, now: datetime) -> None:
    """Do not show a tour by itself any more; the first time counts."""
    TourSeen.objects.get_or_create(user_id=user_id, tour=tour, defaults={"at": now})
