"""The frame every page of the face stands in: banner, organisation switch, sections, messages, one style sheet."""

from datetime import date, datetime
from decimal import Decimal

from counterfoil.sandbox.screens.markup import Content, Markup, element, together
from counterfoil.sandbox.screens.style import STYLE

SECTIONS = {
    "contacts": "Contacts",
    "items": "Products and services",
    "invoices": "Invoices and bills",
    "credit-notes": "Credit notes",
    "purchase-orders": "Purchase orders",
}


def page(
    title: str,
    *body: Content,
    tenant: str = "",
    section: str = "",
    organisations: dict[str, str] | None = None,
    done: str = "",
    refused: list[str] | None = None,
) -> str:
    """A whole page. ``organisations`` maps tenant id to name; ``done`` and ``refused`` are told above the body."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("title", f"{title} - Stand-in Xero"),
        element("link", rel="icon", href="data:,"),  # else browsers ask for one and the request log shows it
        element("style", Markup(STYLE)),
    )
    note = element(
        "p", "Stand-in Xero (not Xero): practice books, nothing here is real.", class_="banner", role="note"
    )
    main = element("main", _messages(done, refused or []), element("h1", title), *body)
    header = element("header", note, _switch(organisations or {}, tenant), _sections(tenant, section))
    return f"<!doctype html>{element('html', head, element('body', header, main), lang='en')}"


def _switch(organisations: dict[str, str], tenant: str) -> Markup:
    links = [
        element("a", name, href=f"/face/{key}/contacts", aria_current="true" if key == tenant else None)
        for key, name in organisations.items()
    ]
    return element("nav", *links, class_="organisations", aria_label="Organisation")


def _sections(tenant: str, section: str) -> Markup | None:
    if not tenant:
        return None
    links = [
        element("a", name, href=f"/face/{tenant}/{key}", aria_current="page" if key == section else None)
        for key, name in SECTIONS.items()
    ]
    return element("nav", *links, class_="sections", aria_label="Sections")


def _messages(done: str, refused: list[str]) -> Markup:
    told = element("p", done, class_="done", role="status") if done else None
    if not refused:
        return together(told)
    reasons = element("ul", *[element("li", reason) for reason in refused])
    return together(
        told,
        element("div", element("strong", "Nothing was changed."), reasons, class_="refused", role="alert"),
    )


def table(headings: list[str], rows: list[list[Content]], *, numeric: set[int], empty: str) -> Markup:
    """A table whose ``numeric`` columns are set to the right; ``empty`` is said when there is no row."""
    if not rows:
        return element("p", empty, class_="empty")
    marks = ["n" if place in numeric else None for place in range(len(headings))]
    head = element(
        "tr",
        *[element("th", text, scope="col", class_=mark) for text, mark in zip(headings, marks, strict=True)],
    )
    lines = [
        element("tr", *[element("td", cell, class_=mark) for cell, mark in zip(row, marks, strict=True)])
        for row in rows
    ]
    whole = element("table", element("thead", head), element("tbody", *lines))
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label="Table")


def facts(pairs: dict[str, Content]) -> Markup:
    """Label and value pairs; empty values are left out."""
    shown = [
        together(element("dt", label), element("dd", value))
        for label, value in pairs.items()
        if value not in (None, "")
    ]
    return element("dl", *shown)


def pill(text: str) -> Markup:
    """A status as a coloured word."""
    return element("span", text.replace("_", " ").capitalize(), class_=f"pill {text.lower()}")


def money(amount: object, currency: str = "") -> str:
    """An amount with thousands separators and two places, or its own when finer; nothing for None."""
    if amount is None:
        return ""
    exact = Decimal(str(amount))
    digits = max(2, len(str(exact.normalize()).partition(".")[2])) if exact % 1 else 2
    return f"{exact:,.{digits}f} {currency}".strip()


def day(value: object) -> str:
    """A date as 21 Nov 2026, not to be broken."""
    return f"{value.day}\u00a0{value:%b}\u00a0{value:%Y}" if isinstance(value, date) else ""


def moment(value: object) -> str:
    """A stamp to the minute, in UTC."""
    return f"{day(value)}, {value:%H:%M}\u00a0UTC" if isinstance(value, datetime) else ""
