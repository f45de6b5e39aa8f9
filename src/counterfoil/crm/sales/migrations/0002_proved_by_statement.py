"""What documents and their lines name is proved a statement at a time on PostgreSQL."""

from django.db import migrations

from counterfoil.database.proving import by_statement


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0001_initial"),
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
        ("products", "0001_initial"),
    ]

    operations = [
        by_statement("sales", "SalesOrderHeader", "operating_company"),
        by_statement("sales", "SalesOrderHeader", "sales_ledger"),
        by_statement("sales", "SalesTransaction", "header"),
        by_statement("sales", "SalesTransaction", "product"),
    ]
