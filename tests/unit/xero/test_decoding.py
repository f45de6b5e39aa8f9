"""What one answer holds, and what is lost when part of it cannot be read."""

import json
from decimal import Decimal

import pytest

from counterfoil.xero import endpoints
from counterfoil.xero.decoding import decode
from counterfoil.xero.errors import BadAnswer, TemporarilyUnavailable
from counterfoil.xero.records import Connection, each
from tests.unit.xero.builders import contact, envelope, guid, invoice, known_rows, line

HOSTILE = (
    "/Date(1)/",
    "2019-29-39T00:00:00",
    "\ufeffZero\u200bwidth",
    "null",
    "NaN",
    '"; DROP TABLE contacts; --',
    "<script>alert(1)</script>",
    "line\r\nbreak\tand\x00nul",
    "\U0001d518\U0001f9fe e\u0301 ß İ",
    "\\ud800 written out",
    "{{7*7}}${7*7}",
    "=HYPERLINK(1)",
    " leading and trailing ",
    "0",
)


@pytest.mark.parametrize(("name", "endpoint", "rows"), known_rows(), ids=lambda value: str(value)[:20])
def test_every_known_answer_decodes_with_nothing_broken(name, endpoint, rows):
    found = decode(endpoint, envelope(endpoint.envelope_key, rows))

    assert found.broken == []
    assert [endpoint.id_of(record) for record in found.records] == [row[endpoint.wire_id] for row in rows]


def test_amounts_are_exact_from_numbers_and_from_text():
    body = b'{"Invoices":[%s]}' % json.dumps(invoice()).encode().replace(
        b'"Total": 0.4', b'"Total": 12345678901234567.1000'
    ).replace(b'"SubTotal": 0.33', b'"SubTotal": "1.10"')

    (found,) = decode(endpoints.INVOICES, body).records

    assert str(found.total) == "12345678901234567.1000"
    assert str(found.sub_total) == "1.10"
    assert next(each(found.line_items)).unit_amount == Decimal("0.1648")


def test_a_line_with_only_a_description_is_a_line():
    found = decode(
        endpoints.INVOICES, envelope("Invoices", [invoice(LineItems=[{"Description": "Note"}, {}])])
    )

    first, second = each(found.records[0].line_items)
    assert (first.description, first.quantity, first.item_code, first.line_amount) == (
        "Note",
        None,
        None,
        None,
    )
    assert second.description is None


@pytest.mark.parametrize("text", HOSTILE)
def test_text_comes_back_as_it_was_written_whatever_it_looks_like(text):
    hostile = contact(Name=text, FirstName=text, EmailAddress=text, AccountNumber=text, ContactNumber=text)
    hostile["Addresses"] = [{"AddressLine1": text, "City": text, "AddressType": "POBOX"}]

    (found,) = decode(endpoints.CONTACTS, envelope("Contacts", [hostile])).records

    address = next(each(found.addresses))
    seen = {found.name, found.first_name, found.email_address, found.account_number, found.contact_number}
    assert seen | {address.address_line1, address.city} == {text}


def test_figures_around_the_records_are_handed_on():
    found = decode(
        endpoints.CONTACTS,
        envelope(
            "Contacts", [contact()], pagination={"page": 3, "pageSize": 7, "pageCount": 9, "itemCount": 61}
        ),
    )

    assert (found.page, found.page_size, found.page_count, found.item_count) == (3, 7, 9, 61)
    assert found.server_time_ms == 1777031976527


@pytest.mark.parametrize("strange", [7, None, "x", [], {"page": "1", "pageCount": None, "itemCount": 1.5}])
def test_strange_figures_cost_no_record(strange):
    found = decode(
        endpoints.CONTACTS, envelope("Contacts", [contact()], pagination=strange, DateTimeUTC=None)
    )

    assert len(found.records) == 1
    assert (found.page, found.page_count, found.item_count) == (None, None, None)


@pytest.mark.parametrize(
    ("bad", "xero_id"),
    [
        (b"null", None),
        (b"{}", None),
        (b"[]", None),
        (b"7", None),
        (b'{"ContactID":"","Name":"x"}', None),
        (b'{"ContactID":"%s","Name":5}' % guid(5).encode(), guid(5)),
        (
            b'{"ContactID":"%s","Balances":{"AccountsReceivable":{"Overdue":"much"}}}' % guid(5).encode(),
            guid(5),
        ),
        (b'{"ContactID":"%s","Name":"\xff"}' % guid(5).encode(), None),
    ],
)
def test_one_bad_record_among_a_thousand_is_the_only_one_lost(bad, xero_id):
    good = [json.dumps(contact(number)).encode() for number in range(1, 1000)]
    rows = [*good[:500], bad, *good[500:]]

    found = decode(endpoints.CONTACTS, b'{"Contacts":[%s]}' % b",".join(rows))

    assert len(found.records) == 999
    (broken,) = found.broken
    assert broken.raw == bad
    assert broken.xero_id == xero_id
    assert broken.reason


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\udc00 tail", "\ufffd tail"),
        (rb"whole \ud83d\ude00", "whole \U0001f600"),
        (rb"\\ud83d", r"\ud83d"),
        (rb"odd \q", "odd q"),
        (b"raw \x01\n control", "raw    control"),
    ],
)
def test_garbage_inside_a_text_costs_the_garbage_only(written, read):
    odd = b'{"ContactID":"%s","Name":"%s"}' % (guid(2).encode(), written)
    body = b'{"Contacts":[%s,%s]}' % (json.dumps(contact(1)).encode(), odd)

    found = decode(endpoints.CONTACTS, body)

    assert [record.name for record in found.records] == ["Customer 1", read]
    assert found.broken == []


def test_nothing_may_be_written_in_four_ways():
    odd = contact(
        Balances="", PaymentTerms=[], Phones="", Discount="", IsCustomer="true", ContactPersons=[None]
    )

    found = decode(endpoints.CONTACTS, envelope("Contacts", [odd]))

    assert found.broken == []
    (record,) = found.records
    assert (record.balances, record.payment_terms, record.phones, record.discount) == (None, None, None, None)
    assert record.is_customer is True
    assert list(each(record.contact_persons)) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{}", BadAnswer),
        (b"[]", BadAnswer),
        (b"7", BadAnswer),
        (b'{"Contacts":{}}', BadAnswer),
        (b'{"Contacts":"x"}', BadAnswer),
        (b'{"Contacts":null,"pagination":{"itemCount":5}}', BadAnswer),
        (b'{"Contacts":[],"Deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", BadAnswer),
        (b"", TemporarilyUnavailable),
        (b'{"Contacts":[{"ContactID":"x"', TemporarilyUnavailable),
        (b'{"Contacts":[]}<html>', TemporarilyUnavailable),
    ],
)
def test_an_answer_without_its_collection_is_never_an_empty_collection(body, error):
    with pytest.raises(error):
        decode(endpoints.CONTACTS, body)


@pytest.mark.parametrize("rows", [None, []])
def test_an_empty_collection_is_empty(rows):
    assert decode(endpoints.CONTACTS, envelope("Contacts", rows, pagination=None)).records == []


def test_a_byte_order_mark_in_front_is_no_obstacle():
    assert len(decode(endpoints.CONTACTS, b"\xef\xbb\xbf" + envelope("Contacts", [contact()])).records) == 1


def test_invoices_and_credit_notes_call_the_same_things_the_same():
    from counterfoil.xero.records import CreditNote, Invoice

    ours = decode(endpoints.INVOICES, envelope("Invoices", [invoice(3, LineItems=[line()])])).records[0]

    assert (ours.document_id, ours.number) == (guid(3), "INV-0003")
    shared = {"line_items", "sub_total", "total_tax", "total", "due_date", "status", "contact", "payments"}
    assert shared <= set(Invoice.__struct_fields__) & set(CreditNote.__struct_fields__)


def test_only_organisations_are_offered_to_connect():
    kinds = {
        kind: Connection(id=guid(1), tenant_id=guid(2), tenant_type=kind).is_organisation
        for kind in ("ORGANISATION", "PRACTICE", None)
    }

    assert kinds == {"ORGANISATION": True, "PRACTICE": False, None: False}
