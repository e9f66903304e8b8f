"""Who signs in, and for which company."""

import re
import zoneinfo
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenancy import ALL_COMPANIES, TenantModel, company_scope

DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
CURRENCY = re.compile(r"[A-Z]{3}")


NO_PLACES = {"localtime", "Factory"}  # of the server's own clock, and of no clock


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones() - NO_PLACES:
        raise ValidationError(_("Unknown time zone “%(text)s”. Use a name such as Europe/Madrid.") % {"text": name})


def validate_domains(text: str) -> None:
    for domain in text.split():
        if not DOMAIN.fullmatch(domain):
            told = _(
                "“%(text)s” isn’t a domain. Separate domains with spaces, for example: alborada.example norte.example"
            )
            raise ValidationError(told % {"text": domain})


def validate_currency(code: str) -> None:
    if not CURRENCY.fullmatch(code):
        raise ValidationError(_("Unknown currency “%(text)s”. Use a three-letter code such as EUR.") % {"text": code})


class Company(models.Model):
    """The tenant. `data_version` grows with every change of its data: the key of every cached page."""

    class WeekStart(models.IntegerChoices):
        """As in ISO 8601."""

        MONDAY = 1, gettext_lazy("Monday")
        SATURDAY = 6, gettext_lazy("Saturday")
        SUNDAY = 7, gettext_lazy("Sunday")

    name = models.CharField(gettext_lazy("name"), max_length=200)
    slug = models.SlugField(unique=True)
    timezone = models.CharField(gettext_lazy("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    allowed_domains = models.TextField(
        gettext_lazy("allowed domains"),
        blank=True,
        validators=[validate_domains],
        help_text=gettext_lazy(
            "E-mail domains that can join, separated by spaces. Leave empty to allow any invited address."
        ),
    )
    working_day_seconds = models.PositiveIntegerField(default=8 * 3600)
    currency = models.CharField(gettext_lazy("currency"), max_length=3, default="EUR", validators=[validate_currency])
    week_start = models.PositiveSmallIntegerField(
        gettext_lazy("first day of the week"), choices=WeekStart, default=WeekStart.MONDAY
    )
    requires_second_step = models.BooleanField(
        gettext_lazy("two-step verification required"),
        default=False,
        help_text=gettext_lazy(
            "Members must set up an authenticator app or a passkey before they can see the company’s data."
        ),
    )
    data_version = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = gettext_lazy("company")  # an admin sees one row, the own

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """UTC where the server no longer knows the one of that name: every page asks for it."""
        try:
            return zoneinfo.ZoneInfo(self.timezone)
        except (LookupError, ValueError, OSError):
            return zoneinfo.ZoneInfo("UTC")

    def allows(self, email: str) -> bool:
        """Whether the company lets addresses of this domain in."""
        allowed = self.allowed_domains.lower().split()
        return not allowed or email.rpartition("@")[2].lower() in allowed


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_unusable_password()
        user.save()
        return user

    def create_superuser(self, email: str, **fields: Any) -> "User":
        return self.create_user(email, **fields | {"is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by e-mail and never with a password."""

    email = models.EmailField(gettext_lazy("e-mail"), unique=True)
    name = models.CharField(gettext_lazy("name"), max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_email")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = (self.name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in words[:2]).upper()


class Role(models.TextChoices):
    """What a user may do in one company; each role may do what those below it may."""

    ADMIN = "admin", gettext_lazy("Admin")
    MANAGER = "manager", gettext_lazy("Manager")
    USER = "user", gettext_lazy("User")


class Membership(TenantModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=gettext_lazy("user"))
    role = models.CharField(gettext_lazy("role"), max_length=10, choices=Role, default=Role.USER)
    created_at = models.DateTimeField(gettext_lazy("member since"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = gettext_lazy("member")
        verbose_name_plural = gettext_lazy("members")
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="one_membership_a_user")]
        indexes = [models.Index(fields=["user", "company"])]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class InvitationState(models.TextChoices):
    PENDING = "pending", gettext_lazy("Pending")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    REVOKED = "revoked", gettext_lazy("Revoked")
    EXPIRED = "expired", gettext_lazy("Expired")


def invitation_expiry() -> Any:
    return timezone.now() + timedelta(hours=72)


class Invitation(TenantModel):
    """A place in the company for one e-mail address. Only a hash of the link's token is kept."""

    email = models.EmailField(gettext_lazy("e-mail"))
    role = models.CharField(gettext_lazy("role"), max_length=10, choices=Role, default=Role.USER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=gettext_lazy("invited by"),
    )
    created_at = models.DateTimeField(gettext_lazy("invited on"), auto_now_add=True)
    expires_at = models.DateTimeField(gettext_lazy("expires on"), default=invitation_expiry, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = gettext_lazy("invitation")
        verbose_name_plural = gettext_lazy("invitations")
        indexes = [models.Index(fields=["company", "email"])]

    def __str__(self) -> str:
        return _("%(email)s as %(role)s") % {"email": self.email, "role": self.get_role_display()}

    @property
    def state(self) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.PENDING if self.expires_at > timezone.now() else InvitationState.EXPIRED


def signin_link_expiry() -> Any:
    return timezone.now() + timedelta(minutes=10)


class SigninLink(models.Model):
    """A way in for the operator while Google is away. Only a hash of the token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=signin_link_expiry)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link for {self.user}"


class AuditIsAppendOnly(RuntimeError):
    """Something tried to change or remove what the audit tells."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **values: Any) -> NoReturn:
        raise AuditIsAppendOnly("An audit entry is never changed.")

    def delete(self) -> NoReturn:
        raise AuditIsAppendOnly("Audit entries are removed by the retention alone: manage.py prune_audit.")

    def bulk_create(self, *args: Any, **options: Any) -> "list[AuditEntry]":
        if options.get("update_conflicts"):
            raise AuditIsAppendOnly("An audit entry is never changed.")
        return super().bulk_create(*args, **options)

    def remove_before(self, moment: datetime) -> int:
        """The retention's way, and the only one."""
        removed, _by_model = models.QuerySet.delete(self.filter(at__lt=moment))
        return removed


class AuditEntry(models.Model):
    """Who did what, when and from where. Written once; the application neither changes nor deletes it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)
    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["company", "-at"])]

    def __str__(self) -> str:
        return self.action

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AuditIsAppendOnly("An audit entry is never changed.")
        # Whoever acts, and for whom: PostgreSQL takes the row from the company that it is told to alone.
        with company_scope(self.company_id or ALL_COMPANIES):
            super().save(using=options.get("using"), force_insert=True)  # a given key would be an update otherwise

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AuditIsAppendOnly("Audit entries are removed by the retention alone: manage.py prune_audit.")
