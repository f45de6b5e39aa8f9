"""Whatever decoding lets through is either mapped to values that columns hold or refused in a sentence."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.fingerprint import fingerprint
from counterfoil.core.mapping.documents import NotOurs, credit_note_values, invoice_values
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.items import item_values
from counterfoil.core.mapping.purchase_orders import purchase_order_values
from counterfoil.xero import records

NUMERIC_19_4, NUMERIC_28_10 = Decimal(10) ** 15, Decimal(10) ** 18
SQLITE = 2**63

guids = st.uuids().map(str)
texts = st.none() | st.text(max_size=40)
usual = st.decimals(-1000, 1000, places=2)
# One in many is odd, so that a record often gets as far as its odd part.
amounts = st.integers(0, 14).flatmap(lambda n: st.decimals() if n == 14 else st.none() if n > 10 else usual)
dates = st.none() | st.text(max_size=30) | st.integers().map(lambda n: f"/Date({n}+0000)/")


def mostly(good, odd):
    return st.integers(0, 9).flatmap(lambda n: good if n else odd)


def part(kind, **given):
    return st.none() | st.builds(kind, **given)


lines = part(
    records.LineItem,
    line_item_id=texts,
    description=texts,
    item_code=texts,
    account_code=texts,
    tax_type=texts,
    quantity=amounts,
    unit_amount=amounts,
    line_amount=amounts,
    tax_amount=amounts,
    discount_rate=amounts,
    discount_amount=amounts,
)
shared = {
    "contact": st.builds(records.ContactRef, contact_id=mostly(guids, texts)),
    "status": texts | st.sampled_from(["PAID", "DRAFT", "VOIDED"]),
    "reference": texts,
    "date": dates,
    "line_amount_types": mostly(st.sampled_from(["Exclusive", "Inclusive", "NoTax", None]), texts),
    "line_items": st.none() | st.lists(lines, max_size=4),
    "sub_total": amounts,
    "total_tax": amounts,
    "total": amounts,
    "currency_code": mostly(st.sampled_from(["GBP", "EUR", None]), texts),
    "currency_rate": amounts,
}
invoices = st.builds(
    records.Invoice,
    invoice_id=guids,
    type=mostly(st.just("ACCREC"), texts),
    due_date=dates,
    amount_due=amounts,
    amount_paid=amounts,
    amount_credited=amounts,
    **shared,
)
credit_notes = st.builds(
    records.CreditNote,
    credit_note_id=guids,
    type=st.just("ACCRECCREDIT"),
    remaining_credit=amounts,
    payments=st.none() | st.lists(part(records.AppliedPayment, amount=amounts), max_size=3),
    allocations=st.none() | st.lists(part(records.Allocation, amount=amounts), max_size=3),
    **shared,
)
orders = st.builds(records.PurchaseOrder, purchase_order_id=guids, delivery_date=dates, **shared)
prices = part(records.PriceDetails, unit_price=amounts, account_code=texts, tax_type=texts)
items = st.builds(
    records.Item,
    item_id=guids,
    code=mostly(guids, texts),
    name=texts,
    is_sold=st.none() | st.booleans(),
    is_tracked_as_inventory=st.none() | st.booleans(),
    quantity_on_hand=amounts,
    sales_details=prices,
    purchase_details=prices,
)


def map_any(record):
    match record:
        case records.Invoice():
            return invoice_values(record, home_currency="GBP")
        case records.CreditNote():
            return credit_note_values(record, home_currency="GBP")
        case records.PurchaseOrder():
            return purchase_order_values(record, home_currency="GBP")
        case _:
            return item_values(record)


def every_value(values):
    for name in values.__struct_fields__:
        value = getattr(values, name)
        if isinstance(value, tuple):
            for line in value:
                yield from every_value(line)
        else:
            yield name, value


@pytest.mark.rule("SY-10")
@settings(max_examples=300, deadline=None)
@given(invoices | credit_notes | orders | items)
def test_a_record_is_storable_or_refused(record):
    try:
        values = map_any(record)
    except (CannotMap, NotOurs):
        return
    assert fingerprint(values) == fingerprint(map_any(record))
    for name, value in every_value(values):
        if isinstance(value, Decimal):
            places = 10 if name in {"rate", "discount_rate"} else 4
            assert abs(value) < (NUMERIC_28_10 if places == 10 else NUMERIC_19_4)
            assert abs(int(value.scaleb(places))) < SQLITE
            assert value.as_tuple().exponent == -places
        elif isinstance(value, str):
            assert "\x00" not in value
            value.encode()
    assert msgspec.structs.astuple(values)[0]
