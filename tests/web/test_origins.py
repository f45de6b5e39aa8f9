"""Where each value of an invoice comes from."""

import pytest

from tests.web import world
from tests.web.test_status_panel import words


@pytest.mark.rule("ST-3")
def test_an_invoice_names_the_field_of_xero_that_each_value_was_read_from(browser, company):
    header = world.document(world.customer(company), "INV-1", "120.00")
    page = words(browser.get(f"/invoices/{header.pk}/"))
    assert "Where these values come from" in page
    assert "DueDate" in page
    assert "Total 120.00" in page
