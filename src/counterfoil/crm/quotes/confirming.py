"""Confirm a quote: check, freeze and record in one transaction; the sync does the rest (PU-4, PU-6, PU-7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import change_record, changes_release
from counterfoil.core.lifecycle import ORDERED, Act, Stage
from counterfoil.core.preflight import BooksFacts, Check, preflight, stopping
from counterfoil.crm.finance.models import TaxCode
from counterfoil.crm.products.creation import PRODUCT_CREATED, product_key
from counterfoil.crm.quotes.content import order_content, quote_content
from counterfoil.crm.quotes.errors import OrderStopped, QuoteChanged
from counterfoil.crm.quotes.facts import order_facts
from counterfoil.crm.quotes.figuring import lines_of, quote_locked
from counterfoil.crm.quotes.models import (
    PushState,
    Quote,
    QuoteLine,
    QuoteSettings,
    QuoteVersion,
    VersionMoment,
)
from counterfoil.crm.quotes.numbers import INVOICES, number_take
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit

ORDER_CONFIRMED = "order.confirmed"
ORDER_AMENDED = "order.amended"
_NO_BOOKS = BooksFacts()


class Confirmed(NamedTuple):
    """The order; `is_new` is false when it had been confirmed already and nothing was done."""

    quote: Quote
    is_new: bool


def quote_preflight(
    quote: Quote,
    *,
    books: BooksFacts = _NO_BOOKS,
    lines: Sequence[QuoteLine] | None = None,
    taxes: Mapping[str, TaxCode] | None = None,
) -> list[Check]:
    """Every check before confirming, passed or not (PU-6); `books` is what the sync knows of the organisation.

    `lines`, and the tax codes of these and of the delivery by tax type, spare reading them once more.
    """
    settings = quote_settings_of(quote.operating_company)
    lines = lines_of(quote) if lines is None else lines
    return preflight(order_facts(quote, lines, settings, books, taxes=taxes))


def quote_confirm(
    quote: Quote,
    *,
    actor: User,
    at: dt.datetime,
    expected_version: int | None = None,
    books: BooksFacts = _NO_BOOKS,
    may_override_credit: bool = False,
) -> Confirmed:
    """Make the quote an order, exactly once, whoever else tries at the same moment.

    `expected_version` is the `edit_version` that was looked at; raises QuoteChanged when it is another
    now. Raises OrderStopped with all checks when one of them stops it. `may_override_credit` lets an order
    over a blocking credit limit through, which the trail says. No network, no waiting.
    """
    with transaction.atomic():
        if _is_order(quote, expected_version):
            return Confirmed(quote, is_new=False)
        stage = quote_locked(quote, Act.CONFIRM, expected_version=expected_version)
        settings = quote_settings_of(quote.operating_company)
        lines = lines_of(quote)
        checks = preflight(order_facts(quote, lines, settings, books))
        overridden = (
            [check for check in stopping(checks) if check.key == "credit"] if may_override_credit else []
        )
        if len(stopping(checks)) > len(overridden):
            raise OrderStopped(checks)
        _become_order(quote, stage, actor=actor, at=at)
        content = _freeze(quote, lines, settings, actor=actor, at=at)
        changes_release(
            quote.operating_company,
            kind=PRODUCT_CREATED,
            keys=[product_key(pk) for pk in content["products_to_make"]],
            at=at,
        )
        _say(quote, content, overridden, actor=actor, at=at)
    return Confirmed(quote, is_new=True)


def _is_order(quote: Quote, expected_version: int | None) -> bool:
    """A second click finds the order made by the first, which did not change what was looked at."""
    quote.refresh_from_db(from_queryset=Quote.objects.select_for_update())
    return quote.stage in ORDERED and expected_version in {None, quote.edit_version}


def _become_order(quote: Quote, stage: Stage, *, actor: User, at: dt.datetime) -> None:
    """The one step that decides who confirmed: an update under the condition that nobody else has."""
    revision = quote.order_revision + 1
    waiting = {
        "stage": stage.value,
        "stage_since": at,
        "order_revision": revision,
        "confirmed_at": at,
        "confirmed_by": actor,
        "push_state": PushState.WAITING,
        "push_words": "",
        "push_at": at,
        "updated_at": at,
    }
    same = Quote.objects.filter(
        pk=quote.pk, stage=quote.stage, order_revision=quote.order_revision, edit_version=quote.edit_version
    )
    if same.update(**waiting) != 1:
        raise QuoteChanged(
            f"{quote.number} was confirmed or changed by somebody else meanwhile. Look at it again."
        )
    for name, value in waiting.items():
        setattr(quote, name, value)


def _freeze(
    quote: Quote, lines: Sequence[QuoteLine], settings: QuoteSettings, *, actor: User, at: dt.datetime
) -> dict[str, Any]:
    """Write the immutable version, and the change that makes the sync send it; one per revision."""
    company = quote.operating_company
    number = ""
    if settings.own_numbering and not quote.invoice_id:
        number = number_take(company, INVOICES, prefix=settings.number_prefix)
    order = order_content(
        quote, lines, settings, revision=quote.order_revision, invoice_number=number, actor=actor, at=at
    )
    version = QuoteVersion.objects.create(
        operating_company=company,
        quote=quote,
        number=quote.version,
        moment=VersionMoment.CONFIRMED,
        order_revision=quote.order_revision,
        content=quote_content(quote, lines) | {"order": order},
        at=at,
        by=actor,
    )
    change_record(
        company,
        kind=ORDER_AMENDED if quote.invoice_id else ORDER_CONFIRMED,
        key=f"{quote.uuid}:{quote.order_revision}",
        subject=f"quote:{quote.pk}",
        payload={
            "quote": quote.pk,
            "uuid": str(quote.uuid),
            "revision": quote.order_revision,
            "version": version.pk,
        },
        actor=actor,
        at=at,
    )
    return order


def _say(
    quote: Quote, order: dict[str, Any], overridden: Sequence[Check], *, actor: User, at: dt.datetime
) -> None:
    what = "was amended and confirmed again" if order["amends"] else "was confirmed"
    summary = f"{quote.number} {what}: {quote.total:,.2f} {quote.currency} to {quote.sales_ledger.name}."
    detail = {"revision": quote.order_revision, "total": quote.total, "edit_version": quote.edit_version}
    quote_audit(quote, "quote.confirmed", summary, actor=actor, at=at, detail=detail)
    for check in overridden:
        said = f"{quote.number}: the credit limit was overridden. {check.sentence}"
        quote_audit(quote, "quote.credit_overridden", said, actor=actor, at=at)
