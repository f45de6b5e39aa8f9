"""What is confirmed adds up, in the stand-in's own arithmetic, to what was quoted."""

from decimal import Decimal

import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.finance.models import HandRate
from counterfoil.crm.quotes.selectors import order_content_of
from counterfoil.crm.quotes.services import delivery_set
from counterfoil.sandbox.numbers import totals
from counterfoil.sandbox.resources.arithmetic import line_worked_out
from tests.builders import AT
from tests.domain.quotes.stage import ON

D = Decimal
RATES = {"OUTPUT2": D(20), "RROUTPUT": D(5), "": D(0)}


def in_the_books(order):
    """The totals of the invoice made from these lines."""
    worked_out = []
    for sent in order["lines"]:
        line = {"Description": sent["description"]}
        if "unit_price" in sent:
            line |= {"Quantity": D(sent["quantity"]), "UnitAmount": D(sent["unit_price"])}
            line["DiscountRate"] = D(sent["discount_rate"])
        line_worked_out(line, RATES[sent.get("tax_type", "")], order["line_amount_types"])
        assert line["LineAmount"] == D(sent.get("amount", "0"))
        worked_out.append((line["LineAmount"], line["TaxAmount"]))
    return totals(worked_out, order["line_amount_types"])


@pytest.mark.rule("TX-4", "PU-4")
@pytest.mark.parametrize("kind", ["Exclusive", "Inclusive", "NoTax"])
@pytest.mark.parametrize("currency", ["GBP", "EUR", "JPY", "KWD"])
def test_the_invoice_will_equal_the_quote_to_the_penny(shop, kind, currency):
    from counterfoil.crm.finance.models import Currency

    Currency.objects.create(operating_company=shop.company, code=currency)
    HandRate.objects.create(operating_company=shop.company, currency=currency, on=ON, per_home=D("1.1873"))
    lines = [
        {"kind": "heading", "description": "Fixings"},
        {"product": shop.bolt, "quantity": D("3.3333"), "discount_rate": D("12.5")},
        {"product": shop.bolt, "quantity": D(8555500), "unit_price": D("0.00015")},
        {"product": shop.bolt, "unit_price": D("10.005"), "tax_type": "" if kind == "NoTax" else "RROUTPUT"},
        {"product": shop.bolt, "discount_rate": D(100)},
        {"product": shop.bolt, "quantity": D(-1), "unit_price": D("0.125")},
        {"product": shop.bolt, "unit_price": D(999), "is_optional": True},
        {"kind": "text", "description": "As agreed"},
    ]
    quote = shop.quote(lines=lines, currency=currency, line_amount_types=kind)
    delivery_set(quote, "manual", actor=shop.rep, at=AT, charge=D("7.55"), analysis="200")
    shop.confirm(quote)
    change = ChangeRecord.objects.get(kind="order.confirmed")
    order = order_content_of(change.payload["version"])
    books = in_the_books(order)
    assert (books.sub_total, books.total_tax, books.total) == (quote.net, quote.tax, quote.total)
    assert [D(order[name]) for name in ("net", "tax", "total")] == [quote.net, quote.tax, quote.total]
    assert len(order["lines"]) == 8
