from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "counterfoil.crm.customers"
    default_auto_field = "django.db.models.BigAutoField"
