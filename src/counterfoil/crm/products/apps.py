from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "counterfoil.crm.products"
    default_auto_field = "django.db.models.BigAutoField"
