"""The connection of a link, of which there is one for each record, is proved a statement at a time on PostgreSQL."""

from django.db import migrations

from counterfoil.database.proving import by_statement


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial")]

    operations = [by_statement("sync", "Link", "connection")]
