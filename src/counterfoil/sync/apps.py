from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save

from counterfoil.sync.signals import push_nudge


class SyncConfig(AppConfig):
    name = "counterfoil.sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from counterfoil.changes.models import ChangeRecord  # models are ready only now

        post_save.connect(_changed, sender=ChangeRecord, dispatch_uid="push_nudge")


def _changed(**_given: object) -> None:
    """Something changed here that may have to go to Xero: whoever pushes looks at once, not a second later."""
    transaction.on_commit(push_nudge.set)
