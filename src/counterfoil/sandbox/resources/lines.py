"""Line items on write: identity, defaults, arithmetic and what approval demands. Facts: xero-facts 4.5."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Problems, Record
from counterfoil.sandbox.numbers import ZERO, rounded
from counterfoil.sandbox.store import Row

from .arithmetic import expected_amount, line_worked_out
from .document_form import code_row, tidy_line
from .kinds import PURCHASE_ORDER, Kind

_NO_LINES_ACCOUNTS = ("DEBTORS", "CREDITORS")
_CLASS_FLAGS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
_NUMBERS = ("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount")
_TEXTS = ("Description", "ItemCode", "AccountCode", "TaxType")
_LARGEST = Decimal("9999999999.99")


@dataclass
class LineWork:
    """What the lines of one document are built with. `lenient` drops unknown accounts with a warning (4.5).

    `retaxed` says that LineAmountTypes changed with them: taxes that were not sent are worked out anew.
    """

    books: Books
    kind: Kind
    document: Record
    problems: Problems
    warnings: list[str] = field(default_factory=list)
    lenient: bool = False
    retaxed: bool = False

    @property
    def sells(self) -> bool:
        """Whether the sales side of items applies."""
        return str(self.document.get("Type", "")).startswith("ACCREC")


def built(work: LineWork, inputs: list[Record], existing: list[Record]) -> list[Record]:
    """The new lines: known ids are updated, others are new, and what is not sent is gone."""
    known = {line["LineItemID"].lower(): line for line in existing}
    lines = []
    for number, given in enumerate(inputs):
        old = known.get(str(given.get("LineItemID") or "").lower())
        lines.append(_line(work, number, given, old))
    return lines


def recalculated(work: LineWork, lines: list[Record]) -> list[Record]:
    """Kept lines after LineAmountTypes changed: their taxes anew."""
    for line in lines:
        line.pop("TaxAmount", None)
        line_worked_out(line, rate_of(work.books, line.get("TaxType")), work.document["LineAmountTypes"])
    return lines


def rate_of(books: Books, tax_type: str | None) -> Decimal:
    """The effective rate in per cent."""
    rate = books.store.tax_rates.get(tax_type or "")
    return Decimal(rate.get("EffectiveRate", 0)) if rate else ZERO


def _line(work: LineWork, number: int, given: Record, old: Record | None) -> Record:
    line: Record = dict(old or {})
    line["LineItemID"] = old["LineItemID"] if old else work.books.world.guid()
    for key in _TEXTS:
        if key in given:
            line[key] = str(given[key]) if given[key] not in (None, "") else None
    if given.get("AccountID") and not given.get("AccountCode"):
        account = work.books.store.accounts.get(str(given["AccountID"]))
        line["AccountCode"] = account.facts[0] if account else str(given["AccountID"])
    for key in _NUMBERS:
        if key in given:
            line[key] = incoming.number(given[key], key)
    if given.get("Tracking") is not None:
        line["Tracking"] = _tracking(work, number, given["Tracking"])
    _from_item(work, number, line, given)
    _account(work, number, line)
    _tax_type(work, number, line)
    _amounts(work, number, line, given, old)
    return {key: value for key, value in line.items() if value is not None}


def _from_item(work: LineWork, number: int, line: Record, given: Record) -> None:
    """An item fills in what the line leaves out."""
    code = line.get("ItemCode")
    if not code:
        line.pop("Item", None)
        return
    row = code_row(work.books.store, "items", code)
    if row is None or (row.facts[4] and work.books.switches.archived_items_rejected):
        if "ItemCode" in given:
            # The wording has not been recorded (xero-facts 4.5).
            work.problems.inner(("LineItems", number), f"Item code '{code}' is not valid")
        return
    item = wire.decode(row.parts[0])
    line["ItemCode"] = item["Code"]
    details = item["SalesDetails" if work.sells else "PurchaseDetails"]
    description = item.get("Description" if work.sells else "PurchaseDescription")
    account = details.get("AccountCode")
    if not work.sells and item["IsTrackedAsInventory"]:
        account = item["InventoryAssetAccountCode"]
    price = details.get("UnitPrice")
    defaults = (
        ("Description", description or item.get("Name")),
        ("UnitAmount", Decimal(price) if price is not None and given.get("LineAmount") is None else None),
        ("AccountCode", account),
        ("TaxType", details.get("TaxType")),
    )
    for key, value in defaults:
        if line.get(key) is None:
            line[key] = value


def _account(work: LineWork, number: int, line: Record) -> None:
    code = line.get("AccountCode")
    if not code:
        return
    row = code_row(work.books.store, "accounts", code)
    account = wire.decode(row.parts[0]) if row else None
    if account is None and work.lenient:
        work.warnings.append(
            f"Account code '{code}' has been removed as it does not match a recognised account."
        )
        line["AccountCode"] = None
        return
    if account is not None and account["Status"] != "ACTIVE":
        message = (
            f"Account code '{code}' has been archived, or has been deleted. "
            "Each line item must reference a valid account."
        )
        work.problems.inner(("LineItems", number), message)
        return
    unusable = (
        account is None or account["Type"] == "BANK" or account.get("SystemAccount") in _NO_LINES_ACCOUNTS
    )
    if unusable:
        work.problems.inner(
            ("LineItems", number), f"Account code '{code}' is not a valid code for this document."
        )
        return
    assert account is not None
    line["AccountCode"] = account["Code"]
    if line.get("TaxType") is None:
        line["TaxType"] = account.get("TaxType")


def _tax_type(work: LineWork, number: int, line: Record) -> None:
    tax_type = line.get("TaxType")
    if not tax_type:
        return
    rate = work.books.store.tax_rates.get(tax_type)
    if rate is None or rate.get("Status", "ACTIVE") != "ACTIVE":
        message = (
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
        )
        work.problems.inner(("LineItems", number), message)
        return
    row = code_row(work.books.store, "accounts", line.get("AccountCode"))
    if row is None:
        return
    flag = _CLASS_FLAGS[wire.decode(row.parts[0])["Class"]]
    if not rate.get(flag, True):
        message = f"The TaxType code '{tax_type}' cannot be used with account code '{row.facts[0]}'."
        work.problems.inner(("LineItems", number), message)


def _amounts(work: LineWork, number: int, line: Record, given: Record, old: Record | None) -> None:
    places = 4 if work.kind is PURCHASE_ORDER else work.books.unit_places
    if given.get("UnitAmount") is not None or old is None:
        line["UnitAmount"] = (
            rounded(line["UnitAmount"], places) if line.get("UnitAmount") is not None else None
        )
    if not work.kind.discounts or (work.kind.name == "Invoices" and not work.sells):
        line["DiscountRate"] = line["DiscountAmount"] = None
    if given.get("LineAmount") is None:
        line["LineAmount"] = None
    _missing_factor(line)
    tidy_line(line)
    expected = expected_amount(line)
    if line.get("LineAmount") is None:
        line["LineAmount"] = expected
    elif line.get("UnitAmount") is not None and line["LineAmount"] != expected:
        message = f"The line total {line['LineAmount']} does not match the expected line total {expected}"
        work.problems.inner(("LineItems", number), message)
    line["LineAmount"] = rounded(line["LineAmount"])
    if abs(line["LineAmount"]) > _LARGEST:
        work.problems.inner(("LineItems", number), "The line amount is too large.")
    if given.get("TaxAmount") is None and (old is None or work.retaxed or _differs(line, old)):
        line["TaxAmount"] = None
    if line.get("TaxAmount") is not None:
        line["TaxAmount"] = rounded(line["TaxAmount"])
    line_worked_out(line, rate_of(work.books, line.get("TaxType")), work.document["LineAmountTypes"])


def _differs(line: Record, old: Record) -> bool:
    return line["LineAmount"] != old["LineAmount"] or line.get("TaxType") != old.get("TaxType")


def _missing_factor(line: Record) -> None:
    """With a line amount, a missing quantity or price follows from the other (xero-facts 4.5)."""
    quantity, unit, amount = line.get("Quantity"), line.get("UnitAmount"), line.get("LineAmount")
    if unit is not None and quantity is None:
        line["Quantity"] = amount / unit if amount is not None and unit else Decimal(1)
    elif unit is None and amount is not None:
        line["Quantity"] = quantity if quantity is not None else Decimal(1)
        line["UnitAmount"] = amount / line["Quantity"] if line["Quantity"] else amount


def _tracking(work: LineWork, number: int, given: list[Record]) -> list[Record]:
    if len(given) > 2:
        work.problems.inner(("LineItems", number), "A line item can have at most 2 tracking categories.")
    return [found for entry in given if (found := _tracked(work, number, entry)) is not None]


def _tracked(work: LineWork, number: int, entry: Record) -> Record | None:
    for category in work.books.store.tracking_categories:
        if not _names(entry, category, "TrackingCategoryID", "Name"):
            continue
        for option in category.get("Options") or ():
            if _names(entry, option, "TrackingOptionID", "Name", name_in_entry="Option"):
                return {
                    "Name": category["Name"],
                    "Option": option["Name"],
                    "TrackingCategoryID": category["TrackingCategoryID"],
                }
    # The wording has not been recorded.
    work.problems.inner(("LineItems", number), "The tracking category or option could not be found.")
    return None


def _names(
    entry: Record, known: Record, id_key: str, name_key: str, *, name_in_entry: str | None = None
) -> bool:
    if entry.get(id_key):
        return str(entry[id_key]).lower() == str(known[id_key]).lower()
    name = entry.get(name_in_entry or name_key)
    return bool(name) and str(name).casefold() == str(known[name_key]).casefold()


def approvable(document: Record, problems: Problems) -> None:
    """What SUBMITTED and AUTHORISED demand of each line; a line of description alone is a comment (4.5)."""
    for number, line in enumerate(document["LineItems"]):
        place = ("LineItems", number)
        if not line.get("Description"):
            problems.inner(place, "Description must not be empty.")
        comment = line.get("UnitAmount") is None and not line.get("AccountCode") and not line["LineAmount"]
        if comment:
            continue
        if not line.get("AccountCode"):
            problems.inner(place, "Account code must be specified.")
        elif not line.get("TaxType") and document["LineAmountTypes"] != "NoTax":
            problems.inner(place, "Tax type must be specified.")


def lengths(document: Record, problems: Problems) -> None:
    """Limits of text on a line."""
    for number, line in enumerate(document["LineItems"]):
        if len(str(line.get("Description") or "")) > 4000:
            problems.inner(
                ("LineItems", number), "The Description field must not be longer than 4000 characters."
            )


def account_of(books: Books, code: str | None) -> Row | None:
    """The account with a code."""
    return code_row(books.store, "accounts", code)
