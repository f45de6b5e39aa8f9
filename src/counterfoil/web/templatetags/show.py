from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from counterfoil.sync import agreement
from counterfoil.sync.agreement import record_chip
from counterfoil.sync.selectors import connection_of, open_in_xero
from counterfoil.web import icons, showing
from counterfoil.web.days import today_of
from counterfoil.web.documents import origin as document_origin
from counterfoil.web.documents.status import document_status, order_status
from counterfoil.web.lists import cells
from counterfoil.web.lists.cells import clipped

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    return icons.icon(name, extra)


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    return showing.money_text(amount, currency)


@register.filter
def amount(value: Decimal | None, currency: str = "") -> str:
    return showing.amount_text(value, currency)


@register.filter
def absolute(value: Decimal) -> Decimal:
    return abs(value)


@register.filter
def number(value: Decimal | None, least: int = 0) -> str:
    return showing.number_text(value, least)


@register.filter
def rate(value: Decimal | None) -> str:
    """An exchange rate, to six places: the rest is noise to people."""
    return showing.number_text(round(value, 6), 4) if value is not None else ""


@register.filter
def percent(value: Decimal | None) -> str:
    return f"{showing.number_text(value)}%" if value is not None else ""


@register.filter
def count(value: int | None) -> str:
    return f"{value:,}" if value is not None else ""


@register.filter
def day(value: dt.date | None) -> SafeString:
    if value is None:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), showing.day_text(value))


@register.filter
def moment(value: dt.datetime | None) -> SafeString:
    return showing.moment_html(value)


@register.simple_tag
def event_time(entry: Any, near: bool) -> SafeString:
    """When a timeline's entry was: the time of a near day, or the day of a month that stands above."""
    at = entry.place.at
    day = f"{timezone.localtime(at).day if entry.is_timed else at.day} %b"
    if entry.is_timed:
        return showing.moment_html(at, form="%H:%M" if near else day)
    whole = showing.day_text(at)
    shown = "" if near else at.strftime(day)
    return format_html('<time datetime="{}" title="{}">{}</time>', at.date().isoformat(), whole, shown)


@register.filter
def ago(value: dt.datetime | None, now: dt.datetime) -> SafeString:
    return showing.moment_html(value, ago_from=now)


@register.filter
def duration(value: float | None) -> str:
    return showing.duration_text(value)


@register.filter
def filesize_text(value: int) -> str:
    return showing.bytes_text(value)


@register.filter
def clip(value: str, most: int = 400) -> SafeString:
    return clipped(value, most)


@register.simple_tag
def badge(text: str, tone: str = "neutral") -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', tone, text)


@register.simple_tag(takes_context=True)
def foreign(context: dict[str, Any], value: Decimal | None, currency: str) -> SafeString:
    """An amount; its currency's code stands in front unless it is the home currency."""
    return cells.foreign(value, currency, context["company"].home_currency)


@register.simple_tag(takes_context=True)
def document_badge(context: dict[str, Any], document: Any) -> SafeString:
    return cells.badge(*document_status(document, today_of(context["company"])))


@register.simple_tag(takes_context=True)
def order_badge(context: dict[str, Any], order: Any) -> SafeString:
    return cells.badge(*order_status(order, today_of(context["company"])))


@register.simple_tag(takes_context=True)
def long_text(context: dict[str, Any], text: str, whole: bool) -> SafeString:
    """A description of any length: its beginning, and a link that shows the rest."""
    return format_html('<p class="long-text">{}</p>', _opening(context, text, 1200, whole=whole))


@register.simple_tag(takes_context=True)
def line_text(context: dict[str, Any], text: str, whole: bool) -> SafeString:
    """As `long_text`, inside a line of a document."""
    return _opening(context, text, 300, whole=whole)


def _opening(context: dict[str, Any], text: str, most: int, *, whole: bool) -> SafeString:
    if whole or len(text) <= most:
        return format_html("{}", text)
    query = context["request"].GET.copy()
    query["whole"] = "1"
    return format_html(
        '{}\N{HORIZONTAL ELLIPSIS} <a href="?{}">Show all {} characters</a>',
        text[:most].rstrip(),
        query.urlencode(),
        f"{len(text):,}",
    )


_DOTS = {
    "step": "green",
    "aside": "amber",
    "waiting": "amber",
    "paused": "amber",
    "differs": "amber",
    "conflict": "red",
    "lost": "red",
    "refused": "red",
}


# What the page of a record that may be made here calls it.
_RECORDS = {"contacts": "ledger", "items": "product"}


@register.simple_tag(takes_context=True)
def sync_chip(context: dict[str, Any], stream: str, external_id: str | None) -> SafeString:
    """Whether a record is in step with Xero, and the way to it there."""
    made_here = None if external_id else agreement.making_chip(context.get(_RECORDS.get(stream, "")))
    chip = made_here or record_chip(context["company"], stream, external_id)
    address = open_in_xero(connection_of(context["company"]), stream, external_id or "")
    return _chip_html(chip, address)


@register.simple_tag
def order_chip(quote: Any) -> SafeString:
    """The same of an order: from confirming it until its invoice is back."""
    return _chip_html(agreement.order_chip(quote), "")


def _chip_html(chip: Any, address: str) -> SafeString:
    dot = _DOTS.get(chip.state, "grey")
    since = showing.moment_html(chip.at) if chip.at else ""
    shown = format_html(
        '<span class="chip"><span class="dot dot-{}" aria-hidden="true"></span>{}{}</span>',
        dot,
        chip.text,
        format_html(' <span class="muted">{}</span>', since) if since else "",
    )
    if not address:
        return shown
    return format_html(
        '{}<a class="btn" href="{}" target="_blank" rel="noopener">{}Open in Xero</a>',
        shown,
        address,
        icons.icon("external-link"),
    )


@register.simple_tag
def document_origins(document: Any) -> list[dict[str, Any]]:
    return document_origin.origins_of(document)


@register.simple_tag
def person_name(person: Any) -> str:
    return f"{person.first_name} {person.last_name}".strip()[:120] or person.email[:120] or "No name"


@register.simple_tag
def address(ledger: Any) -> SafeString:
    """A postal address, one line each; empty lines are left out."""
    lines = [getattr(ledger, f"address_line{n}") for n in range(1, 6)]
    kept = [(line[:120],) for line in (*lines, ledger.postcode, ledger.country) if line.strip()]
    if not kept:
        only = "Only a street address in Xero" if ledger.street_only else "None"
        return format_html('<span class="muted">{}</span>', only)
    return format_html_join(SafeString("<br>"), "{}", kept)


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)
