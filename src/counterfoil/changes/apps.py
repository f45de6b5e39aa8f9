from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "counterfoil.changes"
    default_auto_field = "django.db.models.BigAutoField"
