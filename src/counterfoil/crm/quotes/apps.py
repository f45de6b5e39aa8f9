from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "counterfoil.crm.quotes"
    default_auto_field = "django.db.models.BigAutoField"
