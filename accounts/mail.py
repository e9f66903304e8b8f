"""What stands in for a mail server where none is set up."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.mail.backends.base import BaseEmailBackend


class NoMailServer(ConnectionError):
    """Nothing was sent, since the operator has set no EMAIL_URL."""


class NoServer(BaseEmailBackend):
    """Refuses. Printing what should be sent would put the links of invitations into the log."""

    def send_messages(self, email_messages: Any) -> int:
        raise NoMailServer("No mail server is set up: EMAIL_URL is empty.")


@register(Tags.security, deploy=True)
def mail_server(**_options: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND not in (f"{__name__}.NoServer", "django.core.mail.backends.console.EmailBackend"):
        return []
    hint = (
        "Set EMAIL_URL. Without it, admins have to share invitation links themselves, "
        "and scheduled reports aren't sent."
    )
    return [Warning("No e-mail can be sent.", hint=hint, id="accounts.W001")]
