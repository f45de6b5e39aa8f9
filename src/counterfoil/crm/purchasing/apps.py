from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "counterfoil.crm.purchasing"
    default_auto_field = "django.db.models.BigAutoField"
