"""What is remembered of side jobs. No business truth: everything here may be lost."""

from django.db import models


class JobRun(models.Model):
    """The newest run of each job. (job_id, attempt) is its fencing token: only who holds it may finish."""

    name = models.CharField(max_length=40, primary_key=True)
    job_id = models.BigIntegerField()  # procrastinate's
    attempt = models.IntegerField()  # how often that job was taken back from a dead worker
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)  # null = running, or its worker died
    is_well = models.BooleanField(null=True)
    number = models.BigIntegerField(default=0)  # what it counted: broken promises, orphans
    text = models.CharField(max_length=300, blank=True)
