"""What comparisons found, for people: by stream, record and field, in words (SY-11)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from counterfoil.sync.models import Connection
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.streams import BY_KEY
from counterfoil.sync.verify_models import Difference, Side, Verification, VerifyState

# Columns whose words differ from their names.
_WORDS = {
    "ledger_id": "Xero id",
    "sales_ledger__ledger_id": "Customer",
    "purchase_ledger__ledger_id": "Supplier",
    "product__code": "Product",
    "division__name": "Division",
    "division__company__name": "Company",
    "email": "E-mail",
    "vat_number": "VAT number",
    "vat_code": "VAT code",
    "b2c": "B2B or B2C",
}
_WINNERS = {"xero": "Xero", "person": "You decide"}
_DOCUMENTS = ("invoices", "credit_notes", "purchase_orders")
_TOTALS = ("total", "net", "tax", "home_total", "amount_due")


@dataclass(frozen=True)
class StreamReport:
    stream: str
    label: str
    compared: int
    newer: int
    differences: int
    open: int


@dataclass(frozen=True)
class Reconciliation:
    """Documents that only one side has, and totals that differ; empty lists mean that the books agree."""

    only_here: list[Difference]
    only_in_xero: list[Difference]
    totals: list[Difference]

    @property
    def agrees(self) -> bool:
        return not (self.only_here or self.only_in_xero or self.totals)


def last_verification(connection: Connection) -> Verification | None:
    """The newest comparison of a connection, finished or not."""
    return Verification.objects.filter(connection=connection).order_by("-asked_at", "-pk").first()


def is_under_way(verification: Verification) -> bool:
    unfinished = (VerifyState.WAITING, VerifyState.RUNNING)
    return verification.state in unfinished or verification.repair_wanted_at is not None


def stream_reports(verification: Verification) -> list[StreamReport]:
    """What was compared so far, stream by stream."""
    left = open_differences(verification).values_list("stream", flat=True)
    counts: dict[str, int] = {}
    for key in left:
        counts[key] = counts.get(key, 0) + 1
    return [
        StreamReport(
            row["stream"],
            BY_KEY[row["stream"]].label,
            row["compared"],
            row["newer"],
            row["differences"],
            counts.get(row["stream"], 0),
        )
        for row in verification.streams
    ]


def stages_of(verification: Verification) -> int:
    """How many streams it compares: currencies that are kept by hand are not."""
    chosen = import_settings_of(verification.connection.operating_company)
    return len(BY_KEY) if chosen.currency_import else len(BY_KEY) - 1


def open_differences(verification: Verification, *, stream: str = "") -> QuerySet[Difference]:
    """Differences that nothing has repaired, in the order of reading."""
    rows = Difference.objects.filter(verification=verification, repaired_at=None)
    return (rows.filter(stream=stream) if stream else rows).order_by("pk")


def reconciliation(verification: Verification) -> Reconciliation:
    """Documents on one side only, and totals that differ."""
    rows = open_differences(verification).filter(stream__in=_DOCUMENTS)
    whole = rows.filter(part="")
    return Reconciliation(
        only_here=list(whole.filter(side=Side.HERE)),
        only_in_xero=list(whole.filter(side=Side.XERO)),
        totals=list(whole.filter(side=Side.BOTH, field__in=_TOTALS)),
    )


def stream_label(one: Difference) -> str:
    return BY_KEY[one.stream].label


def field_words(one: Difference) -> str:
    """The field as people call it, with the line or person it stands on."""
    word = _WORDS.get(one.field, one.field.replace("_", " ").capitalize())
    return " · ".join(text for text in (one.part, word) if text)


def winner_words(one: Difference) -> str:
    return _WINNERS[one.wins]


def sentence(one: Difference) -> str:
    """One line about a difference."""
    name = one.label or one.xero_id
    if one.side == Side.BOTH:
        return f"{name}: {field_words(one)} is {one.ours or 'empty'} here and {one.theirs or 'empty'} in Xero"
    if one.side == Side.ASIDE:
        return f"{name}: cannot be stored. {one.theirs}"
    where = "only in the CRM" if one.side == Side.HERE else "only in Xero"
    return f"{name}{f' · {one.part}' if one.part else ''}: {where}"
