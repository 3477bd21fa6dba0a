"""Whether somebody has seen a tour."""

from huying.look.models import TourSeen


def has_seen(user_id: int, tour: str) -> bool:
    return TourSeen.objects.filter(user_id=user_id, tour=tour).exists()
