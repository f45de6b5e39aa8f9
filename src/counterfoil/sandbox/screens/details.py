"""The detail pages: what a record says on the left, what may be done with it on the right (``forms.py``)."""

from datetime import date

from counterfoil.sandbox.screens.frame import day, facts, moment, money, pill, table
from counterfoil.sandbox.screens.lists import state
from counterfoil.sandbox.screens.markup import Content, Markup, element, together
from counterfoil.sandbox.screens.reading import Record


def title(section: str, record: Record) -> str:
    """What stands above the page."""
    number = (
        record.get("InvoiceNumber") or record.get("CreditNoteNumber") or record.get("PurchaseOrderNumber")
    )
    if section == "contacts":
        return str(record["Name"])
    if section == "items":
        return f"{record['Code']} {record.get('Name', '')}"
    return f"{number or '(no number)'} {record['Contact'].get('Name', '')}"


def described(section: str, record: Record, *, base: str, today: date) -> Markup:
    """The left side. ``base`` is the address of the organisation, for links to other records."""
    if section == "contacts":
        return _contact(record)
    if section == "items":
        return _item(record)
    return _document(record, base, today)


def _contact(record: Record) -> Markup:
    balances = record.get("Balances") or {}
    receivable, payable = balances.get("AccountsReceivable") or {}, balances.get("AccountsPayable") or {}
    kinds = [
        name for name, flag in (("Customer", "IsCustomer"), ("Supplier", "IsSupplier")) if record.get(flag)
    ]
    pairs: dict[str, Content] = {
        "Status": pill(record["ContactStatus"]),
        "Kind": ", ".join(kinds) or "Neither customer nor supplier",
        "Account number": record.get("AccountNumber"),
        "Contact code": record.get("ContactNumber"),
        "Person": " ".join(filter(None, [record.get("FirstName"), record.get("LastName")])),
        "Email": record.get("EmailAddress"),
        "Telephone": "\n".join(_phones(record)),
        "Postal address": _address(record, "POBOX"),
        "Street address": _address(record, "STREET"),
        "VAT number": record.get("TaxNumber"),
        "Company number": record.get("CompanyNumber"),
        "Currency": record.get("DefaultCurrency"),
        "Terms": _terms(record),
        "They owe": _balance(receivable),
        "We owe": _balance(payable),
        "Groups": ", ".join(group["Name"] for group in record.get("ContactGroups", [])),
        "Merged into": record.get("MergedToContactID"),
        "Changed": moment(record.get("UpdatedDateUTC")),
        "ContactID": record["ContactID"],
    }
    return together(facts(pairs), _persons(record))


def _persons(record: Record) -> Markup | None:
    people = record.get("ContactPersons") or []
    if not people:
        return None
    rows: list[list[Content]] = [
        [
            f"{p.get('FirstName', '')} {p.get('LastName', '')}",
            p.get("EmailAddress", ""),
            "Yes" if p.get("IncludeInEmails") else "No",
        ]
        for p in people
    ]
    return together(
        element("h2", "People"), table(["Name", "Email", "Gets emails"], rows, numeric=set(), empty="")
    )


def _phones(record: Record) -> list[str]:
    found = []
    for phone in record.get("Phones", []):
        number = " ".join(
            filter(
                None, [phone.get("PhoneCountryCode"), phone.get("PhoneAreaCode"), phone.get("PhoneNumber")]
            )
        )
        if number:
            found.append(f"{number} ({phone['PhoneType'].lower()})")
    return found


def _address(record: Record, kind: str) -> str:
    keys = (
        "AttentionTo",
        "AddressLine1",
        "AddressLine2",
        "AddressLine3",
        "AddressLine4",
        "City",
        "Region",
        "PostalCode",
        "Country",
    )
    for address in record.get("Addresses", []):
        if address["AddressType"] == kind:
            return "\n".join(filter(None, (address.get(key) for key in keys)))
    return ""


def _terms(record: Record) -> str:
    words = {
        "DAYSAFTERBILLDATE": "days after the invoice",
        "DAYSAFTERBILLMONTH": "days after the end of the month",
        "OFCURRENTMONTH": "of the month",
        "OFFOLLOWINGMONTH": "of the following month",
    }
    terms = record.get("PaymentTerms") or {}
    return "\n".join(
        f"{side}: {t['Day']} {words.get(t['Type'], t['Type'])}" for side, t in terms.items() if t
    )


def _balance(side: Record) -> str:
    if not side.get("Outstanding"):
        return ""
    return f"{money(side['Outstanding'])}, of it {money(side.get('Overdue', 0))} overdue"


def _item(record: Record) -> Markup:
    sales, purchase = record.get("SalesDetails") or {}, record.get("PurchaseDetails") or {}
    on_hand = record.get("QuantityOnHand")
    pairs: dict[str, Content] = {
        "Name": record.get("Name"),
        "Sold as": record.get("Description"),
        "Bought as": record.get("PurchaseDescription"),
        "Sales price": money(sales.get("UnitPrice")),
        "Sales account": sales.get("AccountCode"),
        "Sales tax": sales.get("TaxType"),
        "Cost": money(purchase.get("UnitPrice")),
        "Purchase account": purchase.get("AccountCode") or purchase.get("COGSAccountCode"),
        "Purchase tax": purchase.get("TaxType"),
        "On hand": None if on_hand is None else f"{on_hand}",
        "Value on hand": money(record.get("TotalCostPool")),
        "Changed": moment(record.get("UpdatedDateUTC")),
        "ItemID": record["ItemID"],
    }
    return facts(pairs)


def _document(record: Record, base: str, today: date) -> Markup:
    rate = record.get("CurrencyRate")
    contact = record["Contact"]
    pairs: dict[str, Content] = {
        "Status": state(record, today),
        "Contact": element("a", contact.get("Name", ""), href=f"{base}/contacts/{contact['ContactID']}"),
        "Reference": record.get("Reference"),
        "Date": day(record.get("Date")),
        "Due": day(record.get("DueDate")),
        "Delivery": day(record.get("DeliveryDate")),
        "Fully paid on": day(record.get("FullyPaidOnDate")),
        "Amounts are": record["LineAmountTypes"],
        "Currency": f"{record['CurrencyCode']}{f' at {rate}' if rate and rate != 1 else ''}",
        "Sent": "Yes" if record.get("SentToContact") else "",
        "Link": record.get("Url"),
        "Changed": moment(record.get("UpdatedDateUTC")),
    }
    return together(
        facts(pairs), element("h2", "Lines"), _lines(record), _totals(record), _settled(record, base)
    )


def _lines(record: Record) -> Markup:
    rows: list[list[Content]] = [
        [
            line.get("ItemCode", ""),
            line.get("Description", ""),
            _plain(line.get("Quantity")),
            money(line.get("UnitAmount")),
            f"{_plain(line['DiscountRate'])} %"
            if line.get("DiscountRate")
            else money(line.get("DiscountAmount")),
            line.get("AccountCode", ""),
            line.get("TaxType", ""),
            money(line.get("TaxAmount")),
            money(line.get("LineAmount")),
        ]
        for line in record["LineItems"]
    ]
    headings = [
        "Item",
        "Description",
        "Quantity",
        "Price",
        "Discount",
        "Account",
        "Tax",
        "Tax amount",
        "Amount",
    ]
    return table(headings, rows, numeric={2, 3, 4, 7, 8}, empty="This document has no lines.")


def _plain(number: object) -> str:
    return (
        "" if number is None else f"{number:f}".rstrip("0").rstrip(".") if "." in str(number) else str(number)
    )


def _totals(record: Record) -> Markup:
    currency = record["CurrencyCode"]
    pairs = [
        ("Subtotal", record.get("SubTotal")),
        ("Tax", record.get("TotalTax")),
        ("Total", record.get("Total")),
        ("Paid", record.get("AmountPaid") or None),
        ("Credited", record.get("AmountCredited") or None),
        ("Credit left", record.get("RemainingCredit")),
        ("Due", record.get("AmountDue")),
    ]
    rows = [
        element("tr", element("td", label), element("td", money(amount, currency), class_="n"))
        for label, amount in pairs
        if amount is not None
    ]
    return element("table", *rows, class_="totals")


def _settled(record: Record, base: str) -> Markup | None:
    """Payments, credits and allocations, when there are any."""
    rows: list[list[Content]] = [
        ["Payment", day(p.get("Date")), p.get("Reference", ""), money(p.get("Amount"))]
        for p in record.get("Payments", [])
    ]
    rows += [
        [
            "Credit",
            day(c.get("Date")),
            element(
                "a", c.get("CreditNoteNumber", "Credit note"), href=f"{base}/credit-notes/{c['CreditNoteID']}"
            ),
            money(c.get("AppliedAmount")),
        ]
        for c in record.get("CreditNotes", [])
    ]
    rows += [
        [
            "Allocated",
            day(a.get("Date")),
            element(
                "a",
                a["Invoice"].get("InvoiceNumber") or "Invoice",
                href=f"{base}/invoices/{a['Invoice']['InvoiceID']}",
            ),
            money(a.get("Amount")),
        ]
        for a in record.get("Allocations", [])
    ]
    if not rows:
        return None
    return together(
        element("h2", "Settled by"),
        table(["Kind", "Date", "Reference", "Amount"], rows, numeric={3}, empty=""),
    )
