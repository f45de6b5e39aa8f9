from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "counterfoil.crm.finance"
    default_auto_field = "django.db.models.BigAutoField"
