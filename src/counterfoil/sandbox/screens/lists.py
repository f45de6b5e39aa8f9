"""The list pages: one table a section, with search, status filter and paging."""

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from counterfoil.sandbox.screens.frame import day, moment, money, pill, table
from counterfoil.sandbox.screens.markup import Content, Markup, element, together
from counterfoil.sandbox.screens.reading import Page, Record

Row = list[Content]


def list_body(
    base: str, section: str, page: Page, *, text: str, status: str, statuses: list[str], today: date
) -> Markup:
    """Everything below the heading of a list. ``base`` is the address of the section."""
    headings, numeric, row = _COLUMNS[section]
    rows = [row(record, f"{base}/{record[_IDS[section]]}", today) for record in page.records]
    listing = table(
        headings, rows, numeric=numeric, empty="Nothing fits. Clear the search to see everything."
    )
    return together(_search(base, text, status, statuses), listing, _pages(base, page, text, status))


def _search(base: str, text: str, status: str, statuses: list[str]) -> Markup:
    options = [element("option", "Any status", value="")]
    options += [element("option", s.capitalize(), value=s, selected=s == status) for s in statuses]
    find = element("label", "Search", element("input", name="q", value=text, type="search"))
    choose = element("label", "Status", element("select", *options, name="status")) if statuses else None
    return element("form", find, choose, element("button", "Show"), class_="tools", action=base, method="get")


def _pages(base: str, page: Page, text: str, status: str) -> Markup:
    def link(number: int, words: str) -> Markup | None:
        if not 1 <= number <= page.pages:
            return None
        return element("a", words, href=f"{base}?{urlencode({'q': text, 'status': status, 'page': number})}")

    told = element("span", f"{page.count} in all, page {page.number} of {page.pages}")
    return element(
        "div", told, link(page.number - 1, "Previous"), link(page.number + 1, "Next"), class_="pages"
    )


def state(record: Record, today: date) -> Markup:
    """The status, said as people say it: overdue and part paid are derived (xero-facts 4.5)."""
    status = str(record["Status"])
    if status == "AUTHORISED" and record.get("AmountDue"):
        due = record.get("DueDate")
        if due is not None and due < today:
            return pill("Overdue")
        if record.get("AmountPaid") or record.get("AmountCredited"):
            return pill("Part paid")
        return pill("Awaiting payment")
    return pill("Approved" if status == "AUTHORISED" else status)


def _contact(record: Record, href: str, _: date) -> Row:
    return [
        element("a", record["Name"], href=href),
        record.get("AccountNumber", ""),
        record.get("EmailAddress", ""),
        " ".join(filter(None, [record.get("FirstName"), record.get("LastName")])),
        pill(record["ContactStatus"]),
        moment(record.get("UpdatedDateUTC")),
    ]


def _item(record: Record, href: str, _: date) -> Row:
    sales, purchase = record.get("SalesDetails") or {}, record.get("PurchaseDetails") or {}
    on_hand = record.get("QuantityOnHand")
    return [
        element("a", record["Code"], href=href),
        record.get("Name", ""),
        money(sales.get("UnitPrice")),
        money(purchase.get("UnitPrice")),
        ""
        if on_hand is None
        else f"{on_hand:f}".rstrip("0").rstrip(".")
        if "." in f"{on_hand:f}"
        else str(on_hand),
        sales.get("TaxType", ""),
    ]


def _invoice(record: Record, href: str, today: date) -> Row:
    return [
        element("a", record.get("InvoiceNumber") or "(no number)", href=href),
        "Sale" if record["Type"] == "ACCREC" else "Bill",
        record["Contact"].get("Name", ""),
        record.get("Reference", ""),
        day(record.get("Date")),
        day(record.get("DueDate")),
        state(record, today),
        money(record.get("Total"), record.get("CurrencyCode", "")),
        money(record.get("AmountDue")),
    ]


def _credit_note(record: Record, href: str, today: date) -> Row:
    return [
        element("a", record.get("CreditNoteNumber") or "(no number)", href=href),
        "Sale" if record["Type"] == "ACCRECCREDIT" else "Bill",
        record["Contact"].get("Name", ""),
        record.get("Reference", ""),
        day(record.get("Date")),
        state(record, today),
        money(record.get("Total"), record.get("CurrencyCode", "")),
        money(record.get("RemainingCredit")),
    ]


def _purchase_order(record: Record, href: str, today: date) -> Row:
    return [
        element("a", record.get("PurchaseOrderNumber") or "(no number)", href=href),
        record["Contact"].get("Name", ""),
        record.get("Reference", ""),
        day(record.get("Date")),
        day(record.get("DeliveryDate")),
        state(record, today),
        money(record.get("Total"), record.get("CurrencyCode", "")),
    ]


_IDS = {
    "contacts": "ContactID",
    "items": "ItemID",
    "invoices": "InvoiceID",
    "credit-notes": "CreditNoteID",
    "purchase-orders": "PurchaseOrderID",
}
_COLUMNS: dict[str, tuple[list[str], set[int], Callable[[Record, str, date], Row]]] = {
    "contacts": (["Name", "Account", "Email", "Person", "Status", "Changed"], set(), _contact),
    "items": (["Code", "Name", "Sales price", "Cost", "On hand", "Tax"], {2, 3, 4}, _item),
    "invoices": (
        ["Number", "Kind", "Contact", "Reference", "Date", "Due", "Status", "Total", "Due amount"],
        {7, 8},
        _invoice,
    ),
    "credit-notes": (
        ["Number", "Kind", "Contact", "Reference", "Date", "Status", "Total", "Left"],
        {6, 7},
        _credit_note,
    ),
    "purchase-orders": (
        ["Number", "Supplier", "Reference", "Date", "Delivery", "Status", "Total"],
        {6},
        _purchase_order,
    ),
}
