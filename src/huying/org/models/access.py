"""Who may sign in, and what part of the world they may see and change."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from huying.org.models.spans import Span
from huying.org.models.units import Staff, Unit
from huying.org.states import SCOPES, Role, Scope

_UNIT_ROLES = [role.value for role, scope in SCOPES.items() if scope is Scope.UNIT]


class User(AbstractUser):
    """Somebody who can sign in. What they may do comes from the grants of their staff record alone."""


class ApiToken(models.Model):
    """A machine that may call the API. Only the digest of its secret is kept."""

    name = models.CharField(max_length=64)
    source = models.CharField(max_length=32)  # the channel it reports for, e.g. "12345"
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, hexadecimal
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)  # null = does not expire
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_digest_is_sha256", condition=Q(digest__regex="^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="token_source_given", condition=~Q(source="")),
        ]


class RoleGrant(Span):
    """One role of one person or token over an area, for a unit, or over its own reports."""

    staff = models.ForeignKey(Staff, models.CASCADE, null=True, blank=True, related_name="grants")
    token = models.ForeignKey(ApiToken, models.CASCADE, null=True, blank=True, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices())
    area_code = models.CharField(max_length=32, blank=True)  # prefix; blank = every area
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="grants")

    class Meta(Span.Meta):
        constraints = [
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="grant_role_known", condition=Q(role__in=[each.value for each in Role])
            ),
            models.CheckConstraint(
                name="grant_one_holder",
                condition=Q(staff=None, token__isnull=False) | Q(staff__isnull=False, token=None),
            ),
            models.CheckConstraint(
                name="grant_unit_for_unit_roles",
                condition=Q(role__in=_UNIT_ROLES, unit__isnull=False, area_code="")
                | (~Q(role__in=_UNIT_ROLES) & Q(unit=None)),
            ),
            models.UniqueConstraint(
                name="grant_once",
                fields=["staff", "token", "role", "area_code", "unit"],
                condition=Q(ends_at=None),
                nulls_distinct=False,
            ),
        ]
