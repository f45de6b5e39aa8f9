"""What the client reads from a running stand-in, and with what manners."""

import threading
from urllib.parse import parse_qs

import pytest

from counterfoil.sandbox.seeds import load
from counterfoil.xero import endpoints
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.errors import NotFound, TemporarilyUnavailable
from counterfoil.xero.records import each
from tests.contract.client_builders import connected, small
from tests.unit.xero.builders import RECORDED


@pytest.fixture(scope="module")
def books():
    with connected(limits=False) as running:
        yield running


@pytest.mark.parametrize("endpoint", endpoints.ALL, ids=lambda endpoint: endpoint.name)
def test_every_collection_is_read_whole_and_nothing_is_broken(books, endpoint):
    page = books.client().page(endpoint)

    assert page.records
    assert page.broken == []
    assert page.is_last
    assert len({endpoint.id_of(record) for record in page.records}) == len(page.records)
    assert page.item_count == len(page.records)
    assert 0 < page.wire_bytes < page.body_bytes
    assert page.server_time_ms


def test_every_record_of_a_real_organisation_comes_through():
    def seeds():
        return load("recorded", recorded=RECORDED) if RECORDED.is_dir() else small()

    (seed,) = seeds()
    with connected(seeds(), limits=False) as running:
        contacts, items, accounts = (
            running.client().page(endpoint)
            for endpoint in (endpoints.CONTACTS, endpoints.ITEMS, endpoints.ACCOUNTS)
        )

    assert [page.broken for page in (contacts, items, accounts)] == [[], [], []]
    assert {record.contact_id for record in contacts.records} == {row["ContactID"] for row in seed.contacts}
    assert {record.item_id for record in items.records} == {row["ItemID"] for row in seed.items}
    assert {record.account_id for record in accounts.records} == {row["AccountID"] for row in seed.accounts}


def test_pages_follow_each_other_without_gap_or_repeat(books):
    client, ids, number, last = books.client(), [], 1, False
    while not last:
        page = client.page(endpoints.CONTACTS, page=number, page_size=50)
        ids += [record.contact_id for record in page.records]
        assert (page.page, page.page_size) == (number, 50)
        number, last = number + 1, page.is_last

    assert len(ids) == len(set(ids)) == page.item_count


def test_a_page_past_the_end_is_empty_and_last(books):
    page = books.client().page(endpoints.INVOICES, page=99)

    assert page.records == []
    assert page.is_last


def test_only_sales_are_read_and_with_their_lines(books):
    invoices = books.client().page(endpoints.INVOICES).records
    credits_ = books.client().page(endpoints.CREDIT_NOTES).records

    assert {invoice.type for invoice in invoices} == {"ACCREC"}
    assert {credit.type for credit in credits_} == {"ACCRECCREDIT"}
    assert all(list(each(invoice.line_items)) for invoice in invoices)


@pytest.mark.failure("P9")
def test_archived_contacts_are_among_the_contacts(books):
    statuses = {contact.contact_status for contact in books.client().page(endpoints.CONTACTS).records}

    assert "ARCHIVED" in statuses


def test_only_what_changed_since_is_sent(books):
    client = books.client()
    stamps = {
        record.contact_id: stamp_ms(record.updated_date_utc)
        for record in client.page(endpoints.CONTACTS).records
    }
    since = sorted(stamps.values())[len(stamps) // 2]

    found = {record.contact_id for record in client.page(endpoints.CONTACTS, modified_since_ms=since).records}

    # Whether the moment itself belongs to it is not known (xero-facts §3.5), and it is sent in whole seconds.
    assert {one for one, stamp in stamps.items() if stamp > since} <= found
    assert found <= {one for one, stamp in stamps.items() if stamp >= since - 1000}
    assert 0 < len(found) < len(stamps)


@pytest.mark.failure("P8")
def test_a_filter_of_one_call_is_not_in_the_next(books):
    client = books.client()
    whole = client.page(endpoints.INVOICES).item_count

    for _ in range(3):
        assert client.page(endpoints.CONTACTS, modified_since_ms=4_000_000_000_000).records == []
        assert client.page(endpoints.INVOICES).item_count == whole


def test_several_contacts_or_one_credit_note_can_be_asked_for_by_id(books):
    client = books.client()
    wanted = [record.contact_id for record in client.page(endpoints.CONTACTS).records[:7]]
    note = client.page(endpoints.CREDIT_NOTES).records[0]

    contacts = client.page(endpoints.CONTACTS, ids=wanted)
    alone = client.page(endpoints.CREDIT_NOTES, ids=[note.credit_note_id])

    assert {record.contact_id for record in contacts.records} == set(wanted)
    assert [record.total for record in alone.records] == [note.total]


def test_a_record_that_is_gone_is_not_found_but_a_collection_never_is(books):
    with pytest.raises(NotFound):
        books.client().page(endpoints.ITEMS, ids=["aaaaaaaa-0000-4000-8000-000000000000"])

    books.arm("404_text", path="/Items")
    with pytest.raises(TemporarilyUnavailable):
        books.client().page(endpoints.ITEMS)


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        (endpoints.TAX_RATES, {"modified_since_ms": 1}),
        (endpoints.CONTACTS, {"ids": []}),
        (endpoints.CONTACTS, {"ids": ["x"] * 41}),
        (endpoints.CONTACTS, {"ids": ["x,y"]}),
        (endpoints.ITEMS, {"ids": ["../Contacts?x=1#"]}),
        (endpoints.ITEMS, {"ids": [""]}),
        (endpoints.ITEMS, {"ids": ["x", "y"]}),
    ],
)
def test_what_xero_cannot_be_asked_is_not_sent(books, endpoint, options):
    before = len(books.calls())

    with pytest.raises(ValueError):
        books.client().page(endpoint, **options)

    assert len(books.calls()) == before


def test_manners_are_perfect(books):
    books.server.edge.journal.clear()
    client = books.client()
    for endpoint in endpoints.ALL:
        client.page(endpoint)
    client.page(endpoints.CONTACTS, page=2, page_size=100, modified_since_ms=1_700_000_000_000)

    calls = books.calls()
    assert len(calls) == len(endpoints.ALL) + 1
    assert [call["notes"] for call in calls if call["notes"]] == []
    asked = {call["path"].rpartition("2.0/")[2]: parse_qs(call["query"]) for call in calls[:-1]}
    assert asked["Invoices"] == {
        "where": ['Type=="ACCREC"'],
        "unitdp": ["4"],
        "page": ["1"],
        "pageSize": ["1000"],
    }


@pytest.mark.rule("SY-7")
@pytest.mark.failure("R3")
def test_many_threads_are_never_refused_and_never_more_than_four():
    with connected(limits=True) as running:
        client = running.client(max_wait_s=30.0)
        threads = [threading.Thread(target=client.page, args=(endpoints.CURRENCIES,)) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        calls = running.calls()

    assert [call["status"] for call in calls] == [200] * 40
    assert [call["notes"] for call in calls if call["notes"]] == []


def test_a_hostile_record_served_by_xero_loses_only_itself(books):
    good = {"CurrencyX": 1, "Code": "GBP"}
    body = {"Currencies": [good, {"Code": 5}, None, good]}
    books.arm("custom", path="/Currencies", params={"body": body})

    page = books.client().page(endpoints.CURRENCIES)

    assert [record.code for record in page.records] == ["GBP", "GBP"]
    assert len(page.broken) == 2


@pytest.mark.parametrize(("status", "not_modified"), [(304, True), (204, False)])
@pytest.mark.failure("P20")
def test_an_empty_answer_that_means_nothing_changed_is_an_empty_page(books, status, not_modified):
    books.arm("custom", path="/Contacts", params={"status": status, "body": ""})

    page = books.client().page(endpoints.CONTACTS, modified_since_ms=1_700_000_000_000)

    assert (page.records, page.not_modified) == ([], not_modified)
