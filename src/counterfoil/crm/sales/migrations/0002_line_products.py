"""On PostgreSQL the products of new lines are proved a statement at a time, not line by line.

A foreign key there costs 4 µs a line, of a first sync a tenth (docs/decisions/first-sync-speed.md). The same is promised
in its place: a line that is written names a product that exists and stays until the transaction ends, and a product
with lines cannot go. SQLite keeps the foreign key, which costs it next to nothing.
"""

from typing import Any

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION sales_line_products_exist() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    named bigint;
    found bigint;
BEGIN
    SELECT count(DISTINCT product_id) INTO named FROM written;
    SELECT count(*) INTO found FROM (
        SELECT 1 FROM products_productitem
        WHERE id IN (SELECT product_id FROM written) FOR KEY SHARE
    ) AS held;
    IF found < named THEN
        RAISE foreign_key_violation USING MESSAGE = 'A line of a sales document names a product that does not exist.';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION product_has_no_sales_lines() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM sales_salestransaction WHERE product_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'A line of a sales document still names product ' || OLD.id || '.';
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER line_products_exist AFTER INSERT ON sales_salestransaction
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION sales_line_products_exist();
CREATE TRIGGER line_products_still_exist AFTER UPDATE ON sales_salestransaction
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION sales_line_products_exist();
CREATE CONSTRAINT TRIGGER no_sales_lines_left AFTER DELETE OR UPDATE OF id ON products_productitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION product_has_no_sales_lines();
"""
NOT_THESE = """
DROP TRIGGER line_products_exist ON sales_salestransaction;
DROP TRIGGER line_products_still_exist ON sales_salestransaction;
DROP TRIGGER no_sales_lines_left ON products_productitem;
DROP FUNCTION sales_line_products_exist();
DROP FUNCTION product_has_no_sales_lines();
"""


def prove_by_statement(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    line = apps.get_model("sales", "SalesTransaction")
    for name in _product_keys(schema_editor.connection, line):
        schema_editor.execute(f"ALTER TABLE {line._meta.db_table} DROP CONSTRAINT {name}")
    schema_editor.execute(FUNCTIONS)
    schema_editor.execute(TRIGGERS)


def prove_by_line(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    line = apps.get_model("sales", "SalesTransaction")
    product = line._meta.get_field("product")
    schema_editor.execute(NOT_THESE)
    schema_editor.execute(schema_editor._create_fk_sql(line, product, "_fk_%(to_table)s_%(to_column)s"))


def _product_keys(connection: Any, line: Any) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, line._meta.db_table)
    return [name for name, one in found.items() if one["foreign_key"] and one["columns"] == ["product_id"]]


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial"), ("products", "0001_initial")]

    operations = [migrations.RunPython(prove_by_statement, prove_by_line)]
