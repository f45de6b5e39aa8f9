from django.apps import AppConfig
from django.db import connection, transaction
from django.db.models.signals import post_save, pre_migrate

from counterfoil.sync.signals import push_nudge


class SyncConfig(AppConfig):
    name = "counterfoil.sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from counterfoil.changes.models import ChangeRecord  # models are ready only now

        post_save.connect(_changed, sender=ChangeRecord, dispatch_uid="push_nudge")
        pre_migrate.connect(_indexes_make, sender=self)


def _changed(**_given: object) -> None:
    """Something changed here that may have to go to Xero: whoever pushes looks at once, not a second later."""
    transaction.on_commit(push_nudge.set)


def _indexes_make(**_given: object) -> None:
    """A migration finds the indexes that the one before it left, also after a first sync was cut off."""
    from counterfoil.sync import loading
    from counterfoil.sync.loading_models import IndexPutOff

    if IndexPutOff._meta.db_table in connection.introspection.table_names():
        loading.indexes_make()
