"""Turn a quote's figures into the lines, groups and sums that its document shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby

from counterfoil.core.money import ZERO
from counterfoil.core.totals import LineAmounts
from counterfoil.crm.documents.quote_document import (
    Delivery,
    DeliveryFigures,
    DocumentGroup,
    DocumentLine,
    GroupFigures,
    LineFigures,
    Party,
    TaxFigures,
    TaxRow,
)
from counterfoil.crm.documents.wording import Wording

# Name of the rate, rate in per cent, net, tax.
Taxed = tuple[str, Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line as the quote keeps it; `is_text` says that it has words only and no price."""

    group: str = ""
    is_text: bool = False
    is_optional: bool = False
    code: str = ""
    description: str = ""
    extended_description: str = ""
    unit: str = ""
    tax_name: str = ""
    figures: LineFigures = field(default_factory=LineFigures)


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes lines in one quote's wording; `kind` says what prices mean (core.totals.LineAmounts)."""

    wording: Wording
    kind: str

    def lines(self, facts: Sequence[LineFacts]) -> list[DocumentLine]:
        made, number = [], 0
        for each in facts:
            number += not each.is_text
            made.append(self._line(each, "" if each.is_text else str(number)))
        return made

    def _line(self, facts: LineFacts, number: str) -> DocumentLine:
        words = DocumentLine(
            group=facts.group,
            is_text=facts.is_text,
            code=facts.code,
            description=facts.description,
            extended_description=_beside(facts.extended_description, facts.description),
        )
        if facts.is_text:
            return words
        raw, write = facts.figures, self.wording
        return replace(
            words,
            number=number,
            is_optional=facts.is_optional,
            quantity=write.quantity(raw.quantity),
            unit=facts.unit,
            unit_price=write.price(raw.unit_price),
            discount=write.percent(raw.discount) if raw.discount else "",
            amount=write.amount(self.counted(raw.net, raw.gross)),
            net=write.amount(raw.net),
            tax=write.amount(raw.tax),
            gross=write.amount(raw.gross),
            tax_rate=write.percent(raw.tax_rate),
            tax_name=facts.tax_name,
            raw=raw,
        )

    def counted(self, net: Decimal, gross: Decimal) -> Decimal:
        """What a reader adds up: with tax where prices include it."""
        return gross if self.kind == LineAmounts.INCLUSIVE else net

    def groups(self, lines: Iterable[DocumentLine]) -> tuple[DocumentGroup, ...]:
        """Neighbouring lines of one heading together, in their order."""
        return tuple(
            self._group(heading, tuple(each)) for heading, each in groupby(lines, key=lambda line: line.group)
        )

    def _group(self, heading: str, lines: tuple[DocumentLine, ...]) -> DocumentGroup:
        subtotal = self.sum_of(line for line in lines if not line.is_optional)
        optional = self.sum_of(line for line in lines if line.is_optional)
        return DocumentGroup(
            heading=heading,
            subtotal=self.wording.money(subtotal) if heading else "",
            optional=self.wording.money(optional) if optional else "",
            lines=lines,
            raw=GroupFigures(subtotal=subtotal, optional=optional),
        )

    def sum_of(self, lines: Iterable[DocumentLine]) -> Decimal:
        return sum((self.counted(line.raw.net, line.raw.gross) for line in lines), ZERO)

    def delivery(self, description: str, figures: DeliveryFigures, tax_name: str) -> Delivery:
        """The delivery charge; empty when there is none."""
        if not (figures.net or figures.gross):
            return Delivery()
        write = self.wording
        return Delivery(
            description=description or "Delivery",
            amount=write.money(self.counted(figures.net, figures.gross)),
            net=write.money(figures.net),
            tax=write.money(figures.tax),
            gross=write.money(figures.gross),
            tax_name=tax_name,
            raw=figures,
        )

    def taxes(self, taxed: Iterable[Taxed]) -> tuple[TaxRow, ...]:
        """One row per name and rate, the highest rate first."""
        sums: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
        for name, rate, net, tax in taxed:
            before = sums.get((name, rate), (ZERO, ZERO))
            sums[name, rate] = (before[0] + net, before[1] + tax)
        ordered = sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0]))
        return tuple(
            TaxRow(
                name=name or self.wording.percent(rate),
                rate=self.wording.percent(rate),
                net=self.wording.money(net),
                tax=self.wording.money(tax),
                raw=TaxFigures(rate=rate, net=net, tax=tax),
            )
            for (name, rate), (net, tax) in ordered
        )


def party(name: str, lines: Iterable[str], **more: str) -> Party:
    """A name with its address; empty lines go."""
    kept = tuple(line.strip() for line in lines if line.strip())
    return Party(name=name, address="\n".join(kept), address_lines=kept, **more)


def _beside(extended: str, description: str) -> str:
    """An extended description that only repeats the description says nothing more."""
    return "" if extended.strip() == description.strip() else extended.strip()
