"""Read templates and the letterhead; make a quote's document and its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.countries import country_code
from counterfoil.core.totals import LineAmounts
from counterfoil.crm.documents.composing import Composer, LineFacts, Taxed
from counterfoil.crm.documents.models import Letterhead, QuoteTemplate, TemplateChoice
from counterfoil.crm.documents.parties import customer_party, owner_party, person_party, sender_party
from counterfoil.crm.documents.quote_document import (
    DeliveryFigures,
    DocumentLine,
    LineFigures,
    QuoteDocument,
    QuoteFigures,
)
from counterfoil.crm.documents.rendering import built_in_template, quote_docx, quote_pdf
from counterfoil.crm.documents.wording import Wording, locale_of
from counterfoil.crm.finance.selectors import tax_codes
from counterfoil.crm.quotes.models import LineKind, Quote, QuoteLine

__all__ = [
    "Letterhead",
    "PaperFile",
    "QuoteTemplate",
    "built_in_template",
    "letterhead_of",
    "quote_document",
    "quote_file",
    "template_choice",
    "template_default",
    "template_for",
    "template_of",
    "templates_of",
]

Form = Literal["pdf", "docx"]
_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_PRICES: Final = {
    LineAmounts.EXCLUSIVE: "Prices are without tax.",
    LineAmounts.INCLUSIVE: "Prices include tax.",
    LineAmounts.NO_TAX: "",
}


class PaperFile(NamedTuple):
    """A file to download or to attach."""

    name: str
    content_type: str
    content: bytes


def templates_of(company: OperatingCompany) -> list[QuoteTemplate]:
    """A company's Word templates by name, without their content."""
    return list(QuoteTemplate.objects.of(company).defer("content").select_related("uploaded_by"))


def template_of(company: OperatingCompany, template_id: int) -> QuoteTemplate | None:
    return QuoteTemplate.objects.of(company).filter(pk=template_id).first()


def template_default(company: OperatingCompany) -> QuoteTemplate | None:
    """The template that quotes are written with; None is the built-in one."""
    return QuoteTemplate.objects.of(company).filter(is_default=True).first()


def template_choice(quote: Quote) -> TemplateChoice | None:
    """What was chosen for this quote; None: as the company's quotes usually are."""
    return TemplateChoice.objects.filter(quote=quote).select_related("template").first()


def template_for(quote: Quote) -> QuoteTemplate | None:
    """The template that a quote is written with; None is the built-in one."""
    choice = template_choice(quote)
    return choice.template if choice else template_default(quote.operating_company)


def letterhead_of(company: OperatingCompany) -> Letterhead:
    """The company's letterhead; an empty one, not yet saved, until somebody fills it in."""
    found = Letterhead.objects.filter(operating_company=company).first()
    return found or Letterhead(operating_company=company)


def quote_file(quote: Quote, form: Form, template: QuoteTemplate | None = None) -> PaperFile:
    """The quote as a file; Word by `template`, or by the company's default. Raises DocumentRefused."""
    document = quote_document(quote)
    if form == "pdf":
        content = quote_pdf(document)
    else:
        chosen = template or template_for(quote)
        content = quote_docx(document, bytes(chosen.content) if chosen else None)
    return PaperFile(f"{document.file_name}.{form}", _TYPES[form], content)


def quote_document(quote: Quote) -> QuoteDocument:
    """What a customer reads of a quote as it is now (RP-2)."""
    company, ledger = quote.operating_company, quote.sales_ledger
    composer = Composer(
        Wording(locale_of(country_code(ledger.country), company.home_country), quote.currency),
        quote.line_amount_types,
    )
    names = _tax_names(quote)
    lines = composer.lines(_facts(quote, names))
    letterhead = letterhead_of(company)
    write = composer.wording
    optional = composer.sum_of(line for line in lines if line.is_optional)
    charge = DeliveryFigures(quote.delivery_net, quote.delivery_tax, quote.delivery_gross)
    is_taxed = quote.line_amount_types != LineAmounts.NO_TAX
    return QuoteDocument(
        title=quote.title,
        number=quote.number,
        version=str(quote.version),
        date=write.day(quote.date),
        valid_until=write.day(quote.valid_until),
        reference=quote.customer_reference,
        currency=quote.currency,
        prices=_PRICES.get(LineAmounts(quote.line_amount_types), ""),
        colour=company.colour,
        company=sender_party(company, letterhead),
        customer=customer_party(ledger),
        contact=person_party(quote.contact),
        owner=owner_party(quote.owner),
        groups=composer.groups(lines),
        lines=tuple(lines),
        has_codes=any(line.code for line in lines),
        has_discounts=any(line.discount for line in lines),
        has_taxes=is_taxed,
        delivery=composer.delivery(
            quote.delivery_description, charge, names.get(quote.delivery_tax_type, "")
        ),
        net=write.money(quote.net),
        tax=write.money(quote.tax),
        total=write.money(quote.total),
        optional=write.money(optional) if optional else "",
        taxes=composer.taxes(_taxed(quote, lines, names)) if is_taxed else (),
        notes=quote.notes,
        terms=letterhead.terms,
        payment=f"Payment is due on {write.day(quote.due_date)}." if quote.due_date else "",
        raw=QuoteFigures(quote.net, quote.tax, quote.total, optional, quote.date, quote.valid_until),
    )


def _facts(quote: Quote, names: dict[str, str]) -> list[LineFacts]:
    lines: Iterable[QuoteLine] = quote.lines.select_related("product").order_by("position", "id")
    return [_line_facts(line, names) for line in lines if line.kind != LineKind.HEADING]


def _line_facts(line: QuoteLine, names: dict[str, str]) -> LineFacts:
    return LineFacts(
        group=line.group,
        is_text=line.kind == LineKind.TEXT,
        is_optional=line.is_optional,
        code=line.code,
        description=line.description,
        extended_description=line.extended_description,
        unit=line.product.unit_of_measure if line.product else "",
        tax_name=names.get(line.tax_type, ""),
        figures=LineFigures(
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount_rate,
            net=line.net,
            tax=line.tax,
            gross=line.gross,
            tax_rate=line.tax_rate,
        ),
    )


def _taxed(quote: Quote, lines: Sequence[DocumentLine], names: dict[str, str]) -> list[Taxed]:
    counted = [line for line in lines if not line.is_optional and not line.is_text]
    found: list[Taxed] = [(line.tax_name, line.raw.tax_rate, line.raw.net, line.raw.tax) for line in counted]
    if quote.delivery_net or quote.delivery_gross:
        name = names.get(quote.delivery_tax_type, "")
        found.append((name, quote.delivery_tax_rate, quote.delivery_net, quote.delivery_tax))
    return found


def _tax_names(quote: Quote) -> dict[str, str]:
    """Tax type → the name that Xero's user gave the rate. Codes no longer in use are among them."""
    codes = tax_codes(quote.operating_company, active_only=False)
    return dict(codes.values_list("tax_type", "name"))
