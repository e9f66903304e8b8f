"""The tokens that open an instance."""

from django.db import models
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantModel, TenantOneToOne
from integrations.secrets import decrypt, encrypt
from worklogs.models import JiraInstance


class Credential(TenantModel):
    """A token, encrypted under the company's key; it is written and used, never shown."""

    encrypted_token = models.TextField(editable=False)

    class Meta(TenantModel.Meta):
        abstract = True

    @property
    def token(self) -> str:
        return decrypt(self.encrypted_token)

    @token.setter
    def token(self, token: str) -> None:
        self.encrypted_token = encrypt(token)


class JiraCredential(Credential):
    instance = TenantOneToOne(JiraInstance, on_delete=models.CASCADE, related_name="jira_credential")
    email = models.EmailField(blank=True, help_text=gettext_lazy("Of the token’s account. Not needed for Data Center."))

    def __str__(self) -> str:
        return f"Jira token of {self.email or 'a Data Center account'}"


class TempoCredential(Credential):
    instance = TenantOneToOne(JiraInstance, on_delete=models.CASCADE, related_name="tempo_credential")
    url = models.URLField("URL", default="https://api.tempo.io")

    def __str__(self) -> str:
        return f"Tempo token for {self.url}"
