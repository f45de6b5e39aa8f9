from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "counterfoil.crm.sales"
    default_auto_field = "django.db.models.BigAutoField"
