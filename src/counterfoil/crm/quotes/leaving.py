"""What keeps the records of the books from being taken out again: quotes and orders that were made with them (SY-8)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.worked import Worked
from counterfoil.crm.customers.leaving import customers_of_books
from counterfoil.crm.finance.models import TaxCode
from counterfoil.crm.products.leaving import products_of_books
from counterfoil.crm.quotes.models import Quote, QuoteLine, QuoteSettings


def quotes_worked_on(company: OperatingCompany) -> dict[str, Worked]:
    """Quotes for customers of the books, with products or tax codes of theirs, or with an invoice there; by kind."""
    products = products_of_books(company).values("pk")
    lines = QuoteLine.objects.of(company).filter(quote=OuterRef("pk"))
    theirs = Q(sales_ledger__in=customers_of_books(company).values("pk")) | Q(delivery_product__in=products)
    codes = TaxCode.objects.of(company).values("tax_type")
    made_with = Q(Exists(lines.filter(Q(product__in=products) | Q(tax_type__in=codes))))
    made_with |= Q(delivery_tax_type__in=codes)
    quotes = Quote.objects.of(company).order_by("pk")
    settings = QuoteSettings.objects.filter(operating_company=company, delivery_product__in=products)
    found = {
        "orders": Worked.of(quotes.exclude(document=None).values_list("number", flat=True)),
        "quotes": Worked.of(
            quotes.filter(document=None).filter(theirs | made_with).values_list("number", flat=True)
        ),
        "delivery": Worked.of(settings.values_list("delivery_product__code", flat=True)),
    }
    return {kind: worked for kind, worked in found.items() if worked.count}
