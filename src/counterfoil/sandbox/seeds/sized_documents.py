"""The documents and payments of a sized company, each a generator: nothing is remembered, all agree.

Whether invoice ``n`` is paid, when and how much, is a function of ``n``, so that payments can be made without
keeping the invoices. Lines come from a few hundred sets priced once: that is what makes it quick.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from counterfoil.sandbox.seeds import chart
from counterfoil.sandbox.seeds.identity import counted_guid, guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sized_masters import ITEM, TAXES, Masters
from counterfoil.sandbox.seeds.sized_pace import Pace, Size
from counterfoil.sandbox.seeds.sums import ZERO, document_summed

_INVOICE, _LINE, _CREDIT, _CREDIT_LINE, _ORDER, _ORDER_LINE, _PAYMENT = range(3, 10)
_LINES = 5
_SETS = 499  # a prime, so that contacts and line sets do not repeat together


@dataclass
class Documents:
    """The arithmetic that makes document ``n`` of each kind."""

    size: Size
    pace: Pace
    masters: Masters

    @cached_property
    def _sales_sets(self) -> list[Record]:
        """Priced sets of lines, each a document without identity: basis, lines, totals."""
        rates = {rate["TaxType"]: rate["EffectiveRate"] for rate in chart.tax_rates_global()}
        return [document_summed(self._set(place, _LINES), rates) for place in range(_SETS)]

    def _set(self, place: int, count: int) -> Record:
        wheel = place * 31 + self.size.seed * 17
        lines = [
            self._line((wheel + turn * 7) % self.size.items, (wheel + turn) % 9 + 1) for turn in range(count)
        ]
        if place % 6 == 0:
            lines[0]["DiscountRate"] = Decimal("5.00")
        return {"LineAmountTypes": "Inclusive" if place % 11 == 0 else "Exclusive", "LineItems": lines}

    def _line(self, item: int, quantity: int) -> Record:
        product = self.masters.goods[item % len(self.masters.goods)]
        return {
            "Description": product.text,
            "Quantity": Decimal(quantity),
            "UnitAmount": product.price,
            "ItemCode": self.masters.code(item),
            "Item": {
                "ItemID": counted_guid(ITEM, item),
                "Name": f"{product.name} {item}"[:50],
                "Code": self.masters.code(item),
            },
            "AccountCode": "200",
            "AccountID": guid("account", "200"),
            "TaxType": TAXES[product.tax],
            "Tracking": [],
        }

    def invoices(self) -> Iterator[Record]:
        """All invoices, oldest first, totals and what is due filled in."""
        sets, customers, theme = self._sales_sets, self.masters.customers, guid("theme", "Standard")
        shared: Record = {
            "Type": "ACCREC",
            "CurrencyCode": "USD",
            "CurrencyRate": Decimal(1),
            "BrandingThemeID": theme,
            "SentToContact": True,
            "HasAttachments": False,
        }
        for number in range(self.size.invoices):
            priced = sets[number % _SETS]
            status, on = self._status(number), self.pace.day(number, self.size.invoices)
            paid = priced["Total"] if status == "PAID" else ZERO
            yield {
                **shared,
                **priced,
                "InvoiceID": counted_guid(_INVOICE, number),
                "InvoiceNumber": f"INV-{number + 1:06d}",
                "Reference": f"PO {number * 7 % 90_000 + 10_000}",
                "Contact": customers[(number * 37 + self.size.seed) % len(customers)],
                "Date": on,
                "DueDate": on + timedelta(days=30),
                "Status": status,
                "AmountPaid": paid,
                "AmountCredited": ZERO,
                "AmountDue": priced["Total"] - paid if status not in ("VOIDED", "DELETED") else ZERO,
                "LineItems": _identified(priced["LineItems"], _LINE, number),
                "UpdatedDateUTC": self._settled_at(number),
                **({"FullyPaidOnDate": self._paid_on(number)} if status == "PAID" else {}),
            }

    def _status(self, number: int) -> str:
        """Seven of ten paid; the newest fiftieth are drafts or waiting; a few void or deleted."""
        if number % 50 == 13:
            return "VOIDED" if number % 100 == 13 else "DELETED"
        if number >= self.size.invoices - self.size.invoices // 50:
            return "DRAFT" if number % 3 else "SUBMITTED"
        return "PAID" if number % 10 < 7 else "AUTHORISED"

    def payments(self) -> Iterator[Record]:
        """One payment for every invoice that is PAID."""
        account = {"AccountID": guid("account", "090"), "Code": "090"}
        for number in range(self.size.invoices):
            if self._status(number) != "PAID":
                continue
            total = self._sales_sets[number % _SETS]["Total"]
            yield {
                "PaymentID": counted_guid(_PAYMENT, number),
                "Invoice": {"InvoiceID": counted_guid(_INVOICE, number)},
                "Account": account,
                "Date": self._paid_on(number),
                "CurrencyRate": Decimal(1),
                "Amount": total,
                "BankAmount": total,
                "Reference": "",
                "IsReconciled": True,
                "Status": "AUTHORISED",
                "PaymentType": "ACCRECPAYMENT",
                "HasAccount": True,
                "UpdatedDateUTC": self._settled_at(number),
            }

    def credit_notes(self) -> Iterator[Record]:
        """Open credit notes of one line set each."""
        for number in range(self.size.credit_notes):
            priced = self._plain_sets[number % len(self._plain_sets)]
            yield {
                **priced,
                "Type": "ACCRECCREDIT",
                "CreditNoteID": counted_guid(_CREDIT, number),
                "CreditNoteNumber": f"CN-{self.size.invoices + number + 1:06d}",
                "Contact": self.masters.customers[number * 11 % len(self.masters.customers)],
                "Date": self.pace.day(number, self.size.credit_notes),
                "CurrencyCode": "USD",
                "CurrencyRate": Decimal(1),
                "Status": "AUTHORISED",
                "Reference": "",
                "SentToContact": False,
                "HasAttachments": False,
                "BrandingThemeID": guid("theme", "Standard"),
                "LineItems": _identified(priced["LineItems"], _CREDIT_LINE, number),
                "UpdatedDateUTC": self.pace.stamp(number, self.size.credit_notes),
            }

    @cached_property
    def _plain_sets(self) -> list[Record]:
        """Sets without a discount, which a credit note does not know."""
        return [priced for place, priced in enumerate(self._sales_sets) if place % 6]

    def purchase_orders(self) -> Iterator[Record]:
        """Orders in the statuses AUTHORISED and BILLED."""
        for number in range(self.size.purchase_orders):
            priced = self._plain_sets[number % len(self._plain_sets)]
            on = self.pace.day(number, self.size.purchase_orders)
            lines = [
                line | {"AccountCode": "300", "AccountID": guid("account", "300")}
                for line in priced["LineItems"]
            ]
            yield {
                **priced,
                "Type": "PURCHASEORDER",
                "PurchaseOrderID": counted_guid(_ORDER, number),
                "PurchaseOrderNumber": f"PO-{number + 1:05d}",
                "Contact": self.masters.customers[-1 - number % (len(self.masters.customers) // 10 + 1)],
                "Date": on,
                "DeliveryDate": on + timedelta(days=14),
                "CurrencyCode": "USD",
                "CurrencyRate": Decimal(1),
                "Status": "BILLED" if number % 3 else "AUTHORISED",
                "Reference": "",
                "SentToContact": True,
                "HasAttachments": False,
                "BrandingThemeID": guid("theme", "Standard"),
                "LineItems": _identified(lines, _ORDER_LINE, number),
                "UpdatedDateUTC": self.pace.stamp(number, self.size.purchase_orders),
            }

    def _paid_on(self, number: int) -> date:
        return min(
            self.pace.day(number, self.size.invoices) + timedelta(days=28),
            self.pace.today - timedelta(days=1),
        )

    def _settled_at(self, number: int) -> datetime:
        """When the invoice last changed: 28 days later when that has been reached and it was paid."""
        stamp = self.pace.stamp(number, self.size.invoices)
        later = stamp + timedelta(days=28 if self._status(number) == "PAID" else 0)
        return later if later.date() < self.pace.today else stamp


def _identified(lines: list[Record], salt: int, number: int) -> list[Record]:
    return [
        {**line, "LineItemID": counted_guid(salt, number * 8 + place)} for place, line in enumerate(lines)
    ]
