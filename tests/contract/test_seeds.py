"""The seeds: believable, complete enough to be worth importing, consistent, and the same every time."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.seeds.identity import counted_guid

TODAY = date(2026, 11, 21)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
Record = dict[str, Any]


@pytest.fixture(scope="module")
def company() -> SeedData:
    return load("uk", today=TODAY)[0]


def of_type(records: Iterable[Record], kind: str) -> list[Record]:
    return [record for record in records if record["Type"] == kind]


def settled(company: SeedData) -> dict[str, Decimal]:
    """What live payments and allocations take off each document."""
    sums: dict[str, Decimal] = Counter()  # type: ignore[assignment]
    for payment in company.payments:
        if payment["Status"] == "AUTHORISED":
            document = payment.get("Invoice") or payment["CreditNote"]
            sums[document.get("InvoiceID") or document["CreditNoteID"]] += payment["Amount"]
    for allocation in company.allocations:
        sums[allocation["Invoice"]["InvoiceID"]] += allocation["Amount"]
        sums[allocation["CreditNoteID"]] += allocation["Amount"]
    return sums


@pytest.mark.parametrize("name", ["uk", "global"])
def test_the_same_seed_and_day_give_the_same_records(name: str) -> None:
    first, again = ([_listed(data) for data in load(name, seed=7, today=TODAY)] for _ in range(2))
    assert repr(first) == repr(again)


def test_another_seed_gives_other_records() -> None:
    assert repr(_listed(load("uk", seed=1, today=TODAY)[0])) != repr(
        _listed(load("uk", seed=2, today=TODAY)[0])
    )


def _listed(data: SeedData) -> dict[str, Any]:
    return {
        name: list(value) if name != "organisation" else value
        for name, value in vars(data).items()
        if value and name != "tenant_id"
    }


def test_the_wholesaler_has_the_promised_amounts(company: SeedData) -> None:
    assert len(list(company.contacts)) == 120
    assert len(list(company.items)) == 80
    assert len(of_type(company.invoices, "ACCREC")) == 600
    assert len(list(company.credit_notes)) == 35
    assert len(list(company.purchase_orders)) == 40


def test_every_status_occurs(company: SeedData) -> None:
    every = {"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"}
    assert {i["Status"] for i in of_type(company.invoices, "ACCREC")} == every
    assert {c["Status"] for c in company.credit_notes} == every
    assert {o["Status"] for o in company.purchase_orders} == {
        "DRAFT",
        "SUBMITTED",
        "AUTHORISED",
        "BILLED",
        "DELETED",
    }
    assert {c["ContactStatus"] for c in company.contacts} == {"ACTIVE", "ARCHIVED", "GDPRREQUEST"}


def test_documents_come_in_three_currencies_and_every_basis(company: SeedData) -> None:
    sales = of_type(company.invoices, "ACCREC")
    assert {i["CurrencyCode"] for i in sales} == {"GBP", "EUR", "USD"}
    assert {i["LineAmountTypes"] for i in sales} == {"Exclusive", "Inclusive", "NoTax"}
    rates = {i["CurrencyCode"]: i["CurrencyRate"] for i in sales}
    assert rates["GBP"] == 1
    assert Decimal("1.1") < rates["EUR"] < rates["USD"] < Decimal("1.4"), "document currency for one pound"


def test_lines_show_discounts_text_only_and_fractions_of_a_penny(company: SeedData) -> None:
    lines = list(chain.from_iterable(i["LineItems"] for i in of_type(company.invoices, "ACCREC")))
    assert any("DiscountRate" in line for line in lines)
    assert any("DiscountAmount" in line for line in lines)
    assert any("UnitAmount" not in line for line in lines)
    assert any(line.get("UnitAmount") == Decimal("0.0875") for line in lines)
    assert any(line["Tracking"] for line in lines)


def test_every_settled_document_is_settled_exactly_and_no_other_one_in_full(company: SeedData) -> None:
    taken = settled(company)
    part_paid = 0
    for document in chain(company.invoices, company.credit_notes):
        paid = taken[document.get("InvoiceID") or document["CreditNoteID"]]
        if document["Status"] == "PAID":
            assert paid == document["Total"]
        elif document["Status"] == "AUTHORISED":
            assert 0 <= paid < document["Total"]
            part_paid += paid > 0
        else:
            assert paid == 0
    assert part_paid > 5


def test_credit_was_allocated_refunded_and_left_open(company: SeedData) -> None:
    assert len(list(company.allocations)) > 10
    assert any("CreditNote" in payment for payment in company.payments)
    assert any(note["Status"] == "AUTHORISED" for note in of_type(company.credit_notes, "ACCRECCREDIT"))
    assert of_type(company.credit_notes, "ACCPAYCREDIT")


def test_some_payments_were_deleted_again(company: SeedData) -> None:
    assert any(payment["Status"] == "DELETED" for payment in company.payments)


def test_stock_on_hand_is_what_approved_documents_leave(company: SeedData) -> None:
    moved: Counter[str] = Counter()
    signs = {"ACCPAY": 1, "ACCRECCREDIT": 1, "ACCREC": -1, "ACCPAYCREDIT": -1}
    for document in chain(company.invoices, company.credit_notes):
        if document["Status"] in ("AUTHORISED", "PAID"):
            for line in document["LineItems"]:
                if "ItemCode" in line:
                    moved[line["ItemCode"]] += signs[document["Type"]] * int(line["Quantity"])
    tracked = [item for item in company.items if item["IsTrackedAsInventory"]]
    assert len(tracked) == 20
    for item in tracked:
        assert item["QuantityOnHand"] == moved[item["Code"]] > 0
        assert item["TotalCostPool"] == item["QuantityOnHand"] * item["PurchaseDetails"]["UnitPrice"]


def test_invoices_and_credit_notes_draw_numbers_from_one_counter(company: SeedData) -> None:
    invoices = {i["InvoiceNumber"][4:] for i in of_type(company.invoices, "ACCREC")}
    notes = {n["CreditNoteNumber"][3:] for n in of_type(company.credit_notes, "ACCRECCREDIT")}
    assert not invoices & notes
    assert len(invoices) == 600
    assert sorted(map(int, invoices | notes)) == list(range(1, len(invoices) + len(notes) + 1))


def test_vat_numbers_have_valid_check_digits(company: SeedData) -> None:
    numbers = [c["TaxNumber"] for c in company.contacts if c.get("TaxNumber")]
    assert sum(number.startswith("GB") for number in numbers) > 20
    assert {number[:2] for number in numbers} == {"GB", "DE", "FR", "IE", "NL", "BE"}
    for number in numbers:
        assert gb_vat.is_valid(number) if number.startswith("GB") else eu_vat.is_valid(number), number


def test_contacts_come_in_every_shape(company: SeedData) -> None:
    contacts = list(company.contacts)
    postal = [c["Addresses"][0] for c in contacts]
    street_only = [c for c in contacts if len(c["Addresses"][0]) == 1 and len(c["Addresses"][1]) > 1]
    assert len(street_only) > 10
    assert any(len(address) > 1 for address in postal)
    assert max(len(c["ContactPersons"]) for c in contacts) >= 3
    traded = {i["Contact"]["ContactID"] for i in company.invoices}
    assert any(c["ContactID"] not in traded for c in contacts), "some are neither customer nor supplier"
    names = Counter(c["Name"] for c in contacts if c["ContactStatus"] == "ACTIVE")
    assert names.most_common(1)[0][1] == 2, "two active contacts share a name, as in real books"


def test_fifteen_contacts_share_one_stamp_and_some_carry_2008(company: SeedData) -> None:
    stamps = Counter(c["UpdatedDateUTC"] for c in company.contacts)
    assert stamps.most_common(1)[0][1] == 15
    assert any(stamp.year == 2008 for stamp in stamps)
    assert any(i["UpdatedDateUTC"].year == 2008 for i in company.invoices)


def test_nothing_is_stamped_or_dated_in_the_future(company: SeedData) -> None:
    stamped = chain(
        company.contacts,
        company.items,
        company.invoices,
        company.credit_notes,
        company.purchase_orders,
        company.payments,
    )
    assert all(record["UpdatedDateUTC"] < MIDNIGHT for record in stamped)
    assert all(
        document["Date"] < TODAY
        for document in chain(company.invoices, company.credit_notes, company.payments)
    )


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)])
def test_a_seed_can_be_made_on_any_day(today: date) -> None:
    for name in ("uk", "global"):
        for data in load(name, today=today):
            assert list(data.items)
            assert all(i["Date"] < today for i in data.invoices)


def test_the_sister_company_shares_guids_over_other_content() -> None:
    first, sister = load("uk", today=TODAY)
    assert first.tenant_id != sister.tenant_id
    ours = {c["ContactID"]: c["Name"] for c in first.contacts}
    theirs = {c["ContactID"]: c["Name"] for c in sister.contacts}
    assert theirs.keys() <= ours.keys()
    assert all(ours[key] != name for key, name in theirs.items())
    assert {i["InvoiceID"] for i in of_type(sister.invoices, "ACCREC")} <= {
        i["InvoiceID"] for i in first.invoices
    }


def test_one_of_two_users_sees_both_companies() -> None:
    first, sister = load("uk", today=TODAY)
    assert [user["OrganisationRole"] for user in first.users] == ["FINANCIALADVISER", "STANDARD"]
    assert [user["GlobalUserID"] for user in sister.users] == [first.users[0]["GlobalUserID"]]


def test_a_sized_company_has_the_size_asked_for() -> None:
    (data,) = load(
        "sized", invoices=2_000, contacts=500, items=300, credit_notes=30, purchase_orders=40, today=TODAY
    )
    counts = [
        len(list(rows))
        for rows in (data.invoices, data.contacts, data.items, data.credit_notes, data.purchase_orders)
    ]
    assert counts == [2_000, 500, 300, 30, 40]


def test_a_sized_company_has_five_lines_an_invoice_and_pays_what_is_paid() -> None:
    (data,) = load("sized", invoices=600, contacts=50, items=40, today=TODAY)
    payments = {payment["Invoice"]["InvoiceID"]: payment["Amount"] for payment in data.payments}
    for invoice in data.invoices:
        assert len(invoice["LineItems"]) == 5
        assert payments.pop(invoice["InvoiceID"], Decimal(0)) == (
            invoice["Total"] if invoice["Status"] == "PAID" else 0
        )
    assert not payments


def test_guids_by_number_never_meet() -> None:
    drawn = {counted_guid(salt, number) for salt in range(1, 10) for number in range(5_000)}
    assert len(drawn) == 45_000


def test_an_unknown_seed_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match="uk, global, sized, recorded"):
        load("nowhere")
