from decimal import Decimal

from counterfoil.core.totals import LineAmounts
from counterfoil.crm.documents.composing import Composer, LineFacts, party
from counterfoil.crm.documents.quote_document import DeliveryFigures, LineFigures, QuoteDocument
from counterfoil.crm.documents.wording import Wording

D = Decimal


def composer(kind=LineAmounts.EXCLUSIVE):
    return Composer(Wording("en_GB", "GBP"), kind)


def facts(words="Bolt", net="10.00", tax="2.00", **given):
    figures = LineFigures(D(1), D(net), D(0), D(net), D(tax), D(net) + D(tax), D(20))
    return LineFacts(description=words, figures=figures, **given)


def test_optional_lines_are_shown_but_in_no_subtotal():
    lines = composer().lines([facts(group="A"), facts(group="A", is_optional=True, net="7.00")])
    [group] = composer().groups(lines)
    assert (group.subtotal, group.optional) == ("£10.00", "£7.00")


def test_lines_before_the_first_heading_have_no_subtotal():
    first, second = composer().groups(composer().lines([facts(), facts(group="A")]))
    assert (first.heading, first.subtotal) == ("", "")
    assert (second.heading, second.subtotal) == ("A", "£10.00")


def test_text_lines_are_not_numbered_and_carry_no_figures():
    lines = composer().lines([facts(), LineFacts(is_text=True, description="Note"), facts()])
    assert [line.number for line in lines] == ["1", "", "2"]
    assert (lines[1].quantity, lines[1].unit_price, lines[1].amount) == ("", "", "")


def test_prices_that_include_tax_add_up_with_tax():
    lines = composer(LineAmounts.INCLUSIVE).lines([facts(group="A")])
    [group] = composer(LineAmounts.INCLUSIVE).groups(lines)
    assert (lines[0].amount, group.subtotal) == ("12.00", "£12.00")


def test_taxes_are_summed_by_name_and_rate_the_highest_first():
    rows = composer().taxes(
        [
            ("Reduced", D(5), D(10), D("0.50")),
            ("Standard", D(20), D(10), D(2)),
            ("Reduced", D(5), D(20), D(1)),
            ("", D(0), D(3), D(0)),
        ]
    )
    assert [(row.name, row.net, row.tax) for row in rows] == [
        ("Standard", "£10.00", "£2.00"),
        ("Reduced", "£30.00", "£1.50"),
        ("0%", "£3.00", "£0.00"),
    ]


def test_an_extended_description_that_repeats_the_description_is_left_out():
    [line] = composer().lines([facts("Bolt", extended_description=" Bolt ")])
    assert line.extended_description == ""


def test_no_delivery_charge_leaves_nothing_to_show():
    assert composer().delivery("Delivery", DeliveryFigures(), "Standard").amount == ""
    assert composer().delivery("", DeliveryFigures(D(5), D(1), D(6)), "Standard").description == "Delivery"


def test_empty_lines_of_an_address_go():
    assert party("A", ["1 Quay", "", "  ", "Bristol "]).address == "1 Quay\nBristol"


def test_a_file_is_named_for_the_quote_without_signs_that_file_systems_refuse():
    assert QuoteDocument(number="Q/10:42", version="3").file_name == "Quote-Q-10-42-v3"
    assert QuoteDocument(number="Q-7", version="1").file_name == "Quote-Q-7"
