import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from counterfoil.crm.customers.known import known_sales
from counterfoil.crm.customers.services import sales_ledger_stop
from tests.builders import AT, guid, operating_company
from tests.builders_contacts import contact_of, user
from tests.domain.customers.stage import applied, sales


def stop_without_waiting(ledger, ann):
    """What a user's request does on a connection of its own, given a tenth of a second."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            sales_ledger_stop(ledger, "Does not pay", ann, AT)
    finally:
        connection.close()


@pytest.mark.skipif(
    os.environ.get("COUNTERFOIL_TEST_DATABASE") != "postgresql", reason="SQLite has one writer anyway"
)
@pytest.mark.rule("SY-12")
@pytest.mark.django_db(transaction=True)
def test_a_user_who_stops_a_customer_during_its_import_takes_a_turn():
    company = operating_company()
    ann = user(of=company)
    applied(company, contact_of("Acme"))
    ledger = sales("Acme")
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            known_sales(company, [guid("Acme")])
            with pytest.raises(OperationalError, match="lock timeout"):
                other.submit(stop_without_waiting, ledger, ann).result()
        other.submit(stop_without_waiting, ledger, ann).result()
    assert sales("Acme").stopped_by_user
