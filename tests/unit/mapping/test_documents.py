import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.core.fingerprint import fingerprint
from counterfoil.core.mapping.documents import NotOurs, credit_note_values, invoice_values
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.xero.records import Allocation, AppliedPayment, ContactRef
from tests.builders import credit_note, guid, invoice, line, wire_date

D = Decimal
NEW_YEAR = dt.date(2026, 1, 1)


def mapped(*lines, home_currency="GBP", **given):
    return invoice_values(invoice("one", *lines, **given), home_currency=home_currency)


def credited(*lines, home_currency="GBP", **given):
    return credit_note_values(credit_note("one", *lines, **given), home_currency=home_currency)


@pytest.mark.rule("IN-1", "IN-5")
def test_the_header_of_an_invoice():
    values = mapped(due_date=wire_date(NEW_YEAR), url="https://crm.example/quotes/7")
    assert (values.kind, values.external_id, values.number) == ("I", guid("one"), "INV-one")
    assert (values.ledger_id, values.customer_reference) == (guid("customer"), "Their order 7")
    assert (values.date, values.due_date) == (dt.date(2026, 10, 1), NEW_YEAR)
    assert values.back_link == "https://crm.example/quotes/7"


@pytest.mark.rule("IN-2", "RP-1")
@pytest.mark.parametrize(
    ("status", "state", "is_reported"),
    [
        ("AUTHORISED", "invoiced", True),
        ("PAID", "invoiced", True),
        ("DRAFT", "pending", True),
        ("SUBMITTED", "pending", True),
        ("DELETED", "deleted", False),
        ("VOIDED", "voided", False),
    ],
)
def test_what_a_status_means(status, state, is_reported):
    values = mapped(status=status)
    assert (values.status, values.state, values.is_reported) == (status, state, is_reported)


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize("status", ["HELD", None, ""])
def test_a_status_that_nobody_knows_is_kept_and_not_reported(status):
    values = mapped(status=status)
    assert (values.status, values.state, values.is_reported) == (status or "", "unknown", False)


@pytest.mark.rule("IN-4")
@pytest.mark.parametrize(
    ("given", "is_paid", "paid_on"),
    [
        ({"status": "AUTHORISED"}, False, None),
        ({"status": "PAID", "fully_paid_on_date": wire_date(NEW_YEAR)}, True, NEW_YEAR),
        ({"status": "PAID", "total": "0"}, True, dt.date(2026, 10, 1)),
        ({"status": "AUTHORISED", "total": "0"}, True, dt.date(2026, 10, 1)),
        ({"status": "DRAFT", "total": "0"}, False, None),
        ({"status": "VOIDED", "total": "0"}, False, None),
    ],
    ids=[
        "open",
        "paid",
        "paid over nothing",
        "approved over nothing",
        "draft over nothing",
        "void over nothing",
    ],
)
def test_when_an_invoice_is_paid(given, is_paid, paid_on):
    values = mapped(**given)
    assert (values.is_paid, values.paid_on) == (is_paid, paid_on)


@pytest.mark.rule("IN-4")
def test_part_payments_are_kept():
    values = mapped(amount_paid="30", amount_credited="40", amount_due="50")
    assert (values.amount_paid, values.amount_credited, values.amount_due) == (D(30), D(40), D(50))
    assert not values.is_paid


@pytest.mark.rule("IN-4")
def test_what_is_due_follows_from_the_rest_when_xero_leaves_it_out():
    assert mapped(amount_paid="30", amount_credited="40", amount_due=None).amount_due == D(50)
    assert mapped(status="VOIDED", amount_due=None).amount_due == D(0)


@pytest.mark.rule("CR-1")
def test_a_credit_is_negative_throughout():
    values = credited(line(quantity="2", unit_amount="50", discount_amount="5"))
    assert values.kind == "C"
    assert (values.net, values.tax, values.total) == (D(-100), D(-20), D(-120))
    assert (values.home_net, values.home_total, values.amount_due) == (D(-100), D(-120), D(-120))
    [only] = values.lines
    assert (only.net, only.tax, only.gross) == (D(-100), D(-20), D(-120))
    assert (only.quantity, only.unit_price, only.discount_amount) == (D(-2), D(50), D(-5))


@pytest.mark.rule("CR-2")
def test_a_used_credit_is_paid():
    values = credited(status="PAID", remaining_credit="0", fully_paid_on_date=wire_date(NEW_YEAR))
    assert (values.is_paid, values.paid_on, values.amount_due) == (True, NEW_YEAR, D(0))
    assert values.amount_credited == D(-120)


@pytest.mark.rule("CR-2")
@pytest.mark.parametrize("remaining", ["30", None], ids=["told", "left out"])
def test_refunds_and_allocations_use_a_credit_up(remaining):
    values = credited(
        remaining_credit=remaining,
        payments=[AppliedPayment(amount=D(50)), None],
        allocations=[Allocation(amount=D(40)), Allocation(amount=D(99), is_deleted=True)],
    )
    assert (values.amount_paid, values.amount_credited, values.amount_due) == (D(-50), D(-40), D(-30))


@pytest.mark.rule("CR-2", "RP-1")
@pytest.mark.parametrize("status", ["DELETED", "VOIDED"])
def test_a_dead_credit_is_not_reported_and_owes_nothing(status):
    values = credited(status=status, remaining_credit="0")
    assert not values.is_reported
    assert (values.amount_paid, values.amount_credited, values.amount_due) == (D(0), D(0), D(0))


@pytest.mark.rule("IN-1", "CR-1")
def test_purchases_are_never_mapped():
    with pytest.raises(NotOurs):
        mapped(type="ACCPAY")
    with pytest.raises(NotOurs):
        credited(type="ACCPAYCREDIT")


@pytest.mark.rule("IN-7")
def test_xeros_totals_win_over_the_sum_of_the_lines():
    values = mapped(sub_total="99.99", total_tax="20.02", total="120.01")
    assert (values.net, values.tax, values.total) == (D("99.99"), D("20.02"), D("120.01"))
    assert values.lines[0].gross == D(120)


def test_totals_that_xero_leaves_out_are_the_sum_of_the_lines():
    values = mapped(line("a"), line("b"), sub_total=None, total_tax=None, total=None, amount_due=None)
    assert (values.net, values.tax, values.total) == (D(200), D(40), D(240))
    negative = credited(line("a"), line("b"), sub_total=None, total_tax=None, total=None)
    assert (negative.net, negative.tax, negative.total) == (D(-200), D(-40), D(-240))


@pytest.mark.rule("IN-3")
def test_home_currency_is_the_amount_divided_by_the_rate():
    values = mapped(currency_code="EUR", currency_rate="1.25")
    assert (values.currency, values.rate) == ("EUR", D("1.25"))
    assert (values.home_net, values.home_total) == (D(80), D(96))
    assert (values.lines[0].home_net, values.lines[0].home_gross) == (D(80), D(96))


@pytest.mark.rule("TX-3", "SY-10")
@pytest.mark.parametrize("rate", [None, "0", "-1", "1e-20"])
def test_a_foreign_document_without_a_usable_rate_is_refused(rate):
    with pytest.raises(CannotMap) as refused:
        mapped(currency_code="EUR", currency_rate=rate)
    assert refused.value.field == "CurrencyRate"


def test_the_refusal_says_what_is_missing_and_what_to_do():
    with pytest.raises(CannotMap, match=r"in EUR, the home currency is GBP.*set the rate in Xero"):
        mapped(currency_code="EUR", currency_rate=None)


@pytest.mark.parametrize("rate", [None, "0", "1"])
@pytest.mark.parametrize("currency", ["GBP", None])
def test_the_home_currency_needs_no_rate(currency, rate):
    values = mapped(currency_code=currency, currency_rate=rate)
    assert (values.currency, values.rate, values.home_total) == ("GBP", D(1), D(120))


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"contact": None}, "Contact.ContactID"),
        ({"contact": ContactRef(name="nobody")}, "Contact.ContactID"),
        ({"type": None}, "Type"),
        ({"total": "1e15"}, "Total"),
        ({"total": "1e400"}, "Total"),
        ({"total": "NaN"}, "Total"),
        ({"sub_total": "-Infinity"}, "SubTotal"),
        ({"status": "X" * 31}, "Status"),
        ({"currency_code": "POUND"}, "CurrencyCode"),
        ({"currency_code": "EUR", "currency_rate": "0.0000000001", "sub_total": "99999"}, "SubTotal"),
    ],
)
def test_what_no_column_holds_is_refused_by_name(given, field):
    with pytest.raises(CannotMap) as refused:
        mapped(line(line_amount="0", tax_amount="0"), **given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("/Date(-1577923200000+0000)/", dt.date(1920, 1, 1)),
        ("/Date(0+0000)/", None),
        ("1969-12-31T00:00:00", dt.date(1969, 12, 31)),
        ("soon", None),
        (None, None),
    ],
)
def test_odd_dates_are_dates_or_nothing(text, on):
    assert mapped(date=text).date == on


def test_the_twin_of_a_date_stands_in_for_it():
    values = mapped(date=None, date_string="2026-04-24T00:00:00", due_date_string="2026-05-24T00:00:00")
    assert (values.date, values.due_date) == (dt.date(2026, 4, 24), dt.date(2026, 5, 24))


@pytest.mark.parametrize("text", ["soon", "/Date(0+0000)/"])
def test_the_twin_counts_where_a_date_is_none(text):
    """1970-01-01 is what `/Date(0+0000)/` says only if its twin says so too."""
    values = mapped(date=text, date_string="1970-01-01T00:00:00", due_date=text, due_date_string="1970-01-31")
    assert (values.date, values.due_date) == (dt.date(1970, 1, 1), dt.date(1970, 1, 31))


@pytest.mark.rule("SY-4")
def test_what_fluctuates_without_meaning_does_not_count():
    plain = mapped(reference="two\nlines", sent_to_contact=None, amount_credited=None, total="120")
    odd = mapped(
        reference="two\r\nlines\ufeff",
        sent_to_contact=False,
        amount_credited="0.00",
        total="120.0000",
        date_string="2026-10-01T00:00:00",
        updated_date_utc=wire_date(NEW_YEAR),
    )
    assert fingerprint(plain) == fingerprint(odd)
