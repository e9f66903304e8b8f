from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy


class WorklogsConfig(AppConfig):
    name = "worklogs"
    verbose_name = gettext_lazy("People and instances")

    def ready(self) -> None:
        from allauth.account.signals import user_logged_in  # models exist only from here on

        from accounts.models import Membership
        from worklogs.linking import link_new_address, link_new_member, link_on_sign_in, unlink_former_member
        from worklogs.models import Person

        user_logged_in.connect(link_on_sign_in, dispatch_uid="link people")
        post_save.connect(link_new_member, sender=Membership, dispatch_uid="link people")
        post_delete.connect(unlink_former_member, sender=Membership, dispatch_uid="link people")
        post_save.connect(link_new_address, sender=Person, dispatch_uid="link people")
