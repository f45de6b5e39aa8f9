from decimal import Decimal

import pytest

from counterfoil.crm.documents.selectors import quote_document, quote_file
from counterfoil.crm.documents.services import letterhead_set, template_upload
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import delivery_set
from tests.builders import AT
from tests.domain.quotes.stage import customer, product
from tests.unit.documents.stage import text_of, word_file

D = Decimal


def fresh(quote):
    return Quote.objects.get(pk=quote.pk)


@pytest.fixture
def rich(shop):
    """Two groups, a text line, an optional line, a discount, two tax rates and delivery."""
    book = product(shop.company, "BOOK", vat_code="RROUTPUT", selling_price=D("12.3456"))
    quote = shop.quote(
        customer_reference="PO 7",
        lines=[
            {"kind": "heading", "description": "Hardware"},
            {"kind": "text", "description": "All in steel."},
            {
                "product": shop.bolt,
                "quantity": D(3),
                "discount_rate": D(10),
                "extended_description": "Hot-dip\ngalvanised",
            },
            {"product": shop.bolt, "is_optional": True},
            {"kind": "heading", "description": "Reading"},
            {"product": book, "quantity": D(2), "tax_type": "RROUTPUT"},
        ],
    )
    delivery_set(fresh(quote), mode="manual", charge=D("9.50"), actor=shop.rep, at=AT)
    return fresh(quote)


@pytest.mark.rule("RP-2")
def test_a_document_says_what_the_quote_says(shop, rich):
    document = quote_document(rich)
    assert (document.number, document.reference, document.currency) == (rich.number, "PO 7", "GBP")
    assert [group.heading for group in document.groups] == ["Hardware", "Reading"]
    text, bolt, spare = document.groups[0].lines
    assert (text.is_text, text.description) == (True, "All in steel.")
    assert (bolt.code, bolt.quantity, bolt.unit_price, bolt.discount) == ("BOLT", "3", "25.06", "10%")
    assert bolt.extended_description == "Hot-dip\ngalvanised"
    assert spare.is_optional
    assert document.raw.optional == D("25.06")
    assert document.delivery.net == "£9.50"


@pytest.mark.rule("TX-4")
def test_what_a_document_shows_adds_up_to_the_penny(rich):
    document = quote_document(rich)
    counted = [line for line in document.lines if line.number and not line.is_optional]
    net = sum(line.raw.net for line in counted) + document.delivery.raw.net
    assert net == rich.net == sum(group.raw.subtotal for group in document.groups) + document.delivery.raw.net
    assert sum(row.raw.net for row in document.taxes) == rich.net
    assert sum(row.raw.tax for row in document.taxes) == rich.tax
    assert rich.net + rich.tax == rich.total == document.raw.total
    assert {row.name for row in document.taxes} == {"OUTPUT2 at 20%", "RROUTPUT at 5%"}


def test_figures_are_written_as_in_the_customers_country(shop):
    ledger = customer(shop.company, "Müller", country="Deutschland", currency="EUR")
    quote = shop.quote(
        ledger=ledger, lines=[{"product": shop.bolt, "quantity": D(100), "unit_price": D("25.06")}]
    )
    document = quote_document(fresh(quote))
    assert document.lines[0].amount == "2.506,00"
    assert document.total.endswith("€")


def test_the_customer_stands_with_their_whole_address(shop):
    ledger = customer(shop.company, "Hart", address_line2="Floor 2", postcode="BS1 6TH", vat_number="GB1")
    document = quote_document(fresh(shop.quote(ledger=ledger)))
    assert document.customer.address_lines == ("1 Quay", "Floor 2", "BS1 6TH", "United Kingdom")
    assert document.customer.vat_number == "GB1"


def test_the_letterhead_goes_before_the_companys_bare_name(shop):
    quote = fresh(shop.quote())
    assert quote_document(quote).company.name == "Northwind"
    letterhead_set(
        shop.company, name="Northwind Ltd", address="1 Quay", terms="Net 30", actor=shop.rep, at=AT
    )
    document = quote_document(quote)
    assert (document.company.name, document.company.address, document.terms) == (
        "Northwind Ltd",
        "1 Quay",
        "Net 30",
    )


def test_prices_without_tax_show_none(shop):
    document = quote_document(fresh(shop.quote(line_amount_types="NoTax")))
    assert (document.has_taxes, document.taxes, document.total) == (False, (), "£25.06")


def test_prices_with_tax_add_up_to_the_total(shop):
    document = quote_document(fresh(shop.quote(line_amount_types="Inclusive")))
    assert document.prices == "Prices include tax."
    assert (document.lines[0].amount, document.net, document.total) == ("30.07", "£25.06", "£30.07")


@pytest.mark.rule("RP-2")
def test_a_quote_is_written_with_the_companys_own_template(shop, rich):
    template_upload(
        shop.company,
        name="Ours",
        file_name="ours.docx",
        content=word_file(
            "{%p for line in lines %}",
            "{{ line.description }}: {{ line.extended_description }}",
            "{%p endfor %}",
        ),
        is_default=True,
        actor=shop.rep,
        at=AT,
    )
    file = quote_file(rich, "docx")
    assert file.name == f"Quote-{rich.number}.docx"
    assert "The bolt: Hot-dip galvanised" in text_of(file.content)


def test_a_quote_is_a_pdf_by_the_built_in_layout(rich):
    file = quote_file(rich, "pdf")
    assert (file.name, file.content[:5]) == (f"Quote-{rich.number}.pdf", b"%PDF-")


def test_a_document_takes_few_queries_whatever_the_number_of_lines(shop, rich, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        quote_document(rich)
