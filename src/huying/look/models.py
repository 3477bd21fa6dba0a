"""What is kept of how somebody found his way about."""

from django.conf import settings
from django.db import models


class TourSeen(models.Model):
    """Somebody has been shown around, or did not want to be."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    tour = models.CharField(max_length=24)
    at = models.DateTimeField()

    class Meta:
        # Its index is read by every page that has a tour.
        constraints = [models.UniqueConstraint(name="look_tour_seen_once", fields=["user", "tour"])]
