from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "counterfoil.sync"
    default_auto_field = "django.db.models.BigAutoField"
