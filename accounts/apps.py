from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = gettext_lazy("Company")

    def ready(self) -> None:
        from accounts import lookups, mail  # noqa: F401 what they register
        from accounts.row_security import tell_companies  # models exist only from here on

        connection_created.connect(tell_companies, dispatch_uid="row security")
