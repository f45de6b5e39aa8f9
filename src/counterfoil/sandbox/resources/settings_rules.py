"""Writing accounts, tax rates and currencies. Facts: xero-facts 4.8 to 4.10, 7.1."""

from __future__ import annotations

from decimal import Decimal

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Problems, Record, ValidationError
from counterfoil.sandbox.store import record_of

from . import Response, listing, settings, settings_form
from .batch import Saved, Writable
from .document_form import code_row

_CURRENCY_NAMES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound",
    "HKD": "Hong Kong Dollar",
    "JPY": "Japanese Yen",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PLN": "Polish Zloty",
    "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar",
    "USD": "United States Dollar",
    "ZAR": "South African Rand",
}
_ACCOUNT_TEXTS = {"Code": 10, "Name": 150, "Description": 4000, "BankAccountNumber": 40, "CurrencyCode": 3}
_STANDARD_TAX = {"REVENUE": ("OUTPUT2", "OUTPUT"), "EXPENSE": ("INPUT2", "INPUT")}


def save_account(books: Books, element: Record, create_only: bool) -> Saved:
    """Create, change or archive an account."""
    problems = Problems()
    key = element.get("AccountID")
    existing = settings.account_found(books, str(key)) if key and not create_only else None
    account: Record = (
        record_of(existing) if existing else {"AccountID": books.world.guid(), "Status": "ACTIVE"}
    )
    if existing and account.get("SystemAccount") and element.get("Status") not in (None, "ACTIVE"):
        problems.add("System accounts cannot be archived or deleted.")
    for name, limit in _ACCOUNT_TEXTS.items():
        if name in element:
            account[name] = str(element[name] or "")
            if len(account[name]) > limit:
                problems.add(f"The {name} field must not be longer than {limit} characters.")
    for name in ("Type", "TaxType", "Status", "BankAccountType"):
        if element.get(name):
            account[name] = str(element[name])
    for name in ("EnablePaymentsToAccount", "ShowInExpenseClaims", "AddToWatchlist"):
        if name in element:
            account[name] = incoming.truth(element[name])
    _account_checked(books, account, problems)
    problems.check()
    account["Class"] = settings_form.ACCOUNT_CLASSES[account["Type"]]
    account.setdefault("TaxType", _standard_tax(books, account["Class"]))
    if existing and settings_form.account_row(account).parts == existing.parts:
        return Saved(existing.key)
    account["UpdatedDateUTC"] = books.stamp()
    books.store.accounts.put(settings_form.account_row(account))
    return Saved(str(account["AccountID"]))


def _account_checked(books: Books, account: Record, problems: Problems) -> None:
    if not account.get("Name"):
        problems.add("Account name must be specified.")
    if account.get("Type") not in settings_form.ACCOUNT_CLASSES:
        problems.add("Account type is not valid.")
    elif account["Type"] == "BANK" and not account.get("BankAccountNumber"):
        problems.add("Bank account number must be specified.")
    elif account["Type"] != "BANK" and not account.get("Code"):
        problems.add("Account code must be specified.")
    same = code_row(books.store, "accounts", account.get("Code"))
    if same is not None and same.key != account["AccountID"]:
        problems.add("Please enter a unique Code.")


def _standard_tax(books: Books, account_class: str) -> str:
    for tax_type in _STANDARD_TAX.get(account_class, ()):
        if books.store.tax_rates.get(tax_type, {}).get("Status") == "ACTIVE":
            return tax_type
    return "NONE"


def delete_account(books: Books, key: str) -> Response:
    """The account, now deleted, unless it is the system's or used on a line."""
    row = settings.account_found(books, key)
    account = wire.decode(row.parts[0])
    needle = wire.encode({"AccountCode": account.get("Code", "")})[1:-1]
    collections = books.store.documents()
    used = any(needle in other.parts[1] for rows in collections for other in rows.rows.values())
    if account.get("SystemAccount") or used:
        raise ValidationError("The account cannot be deleted as it is a system account or in use.")
    books.store.accounts.remove(row.key)
    account |= {"Status": "DELETED", "UpdatedDateUTC": wire.stamp(books.stamp())}
    return listing.enveloped(books, "Accounts", [wire.encode(account)])


def account_written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    form: Record = wire.decode(books.store.accounts.rows[key].parts[0])
    return form


def save_tax_rate(books: Books, element: Record, create_only: bool) -> Saved:
    """Create a rate (TAX001 on), or rename or delete one that a user made."""
    rates = books.store.tax_rates
    tax_type = str(element.get("TaxType") or "")
    name = str(element.get("Name") or "").strip()
    known = rates.get(tax_type) or next((rate for rate in rates.values() if rate["Name"] == name), None)
    if known is not None and not create_only:
        return Saved(_tax_rate_changed(books, dict(known), element, name))
    if not name or not element.get("TaxComponents"):
        raise ValidationError("A tax rate must have a Name and at least one TaxComponent.")
    if known is not None:
        raise ValidationError("A tax rate with this name already exists.")
    number = 1
    while f"TAX{number:03d}" in rates:
        number += 1
    components = [_component(component) for component in element["TaxComponents"]]
    rate: Record = {"Name": name, "TaxType": f"TAX{number:03d}"}
    if element.get("ReportTaxType"):
        rate["ReportTaxType"] = str(element["ReportTaxType"])
    sides = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    rate |= {f"CanApplyTo{side}": True for side in sides}
    rate |= {**_percentages(components), "Status": "ACTIVE", "TaxComponents": components}
    books.store.assign(rates, rate["TaxType"], rate)
    return Saved(str(rate["TaxType"]))


def _percentages(components: list[Record]) -> Record:
    """What is shown, and what lines use: a compound component applies on top of the others."""
    plain = sum((c["Rate"] for c in components if not c["IsCompound"]), Decimal(0))
    compound = [c["Rate"] for c in components if c["IsCompound"]]
    if len(compound) > 1:
        # The wording has not been recorded; the limit has (xero-facts 7.1).
        raise ValidationError("A tax rate can have only one compound component.")
    on_top = sum(compound, Decimal(0))
    return {"DisplayTaxRate": plain + on_top, "EffectiveRate": plain + on_top + plain * on_top / 100}


def _component(component: Record) -> Record:
    return {
        "Name": str(component.get("Name") or ""),
        "Rate": incoming.number(component.get("Rate"), "Rate") or Decimal(0),
        "IsCompound": incoming.truth(component.get("IsCompound", False)),
        "IsNonRecoverable": incoming.truth(component.get("IsNonRecoverable", False)),
    }


def _tax_rate_changed(books: Books, rate: Record, element: Record, name: str) -> str:
    if not str(rate["TaxType"]).startswith("TAX"):
        raise ValidationError("System tax rates cannot be changed.")
    rate["Name"] = name or rate["Name"]
    if element.get("TaxComponents"):
        components = [_component(component) for component in element["TaxComponents"]]
        if not {c["Name"] for c in rate["TaxComponents"]} <= {c["Name"] for c in components}:
            # Components may be added, neither renamed nor removed (xero-facts 7.1); the wording is not recorded.
            raise ValidationError("The components of a tax rate cannot be renamed or removed.")
        rate |= {**_percentages(components), "TaxComponents": components}
    if element.get("Status") == "DELETED" and _tax_used(books, rate["TaxType"]):
        raise ValidationError("The tax rate cannot be deleted as it is in use.")
    if element.get("Status") in ("ACTIVE", "DELETED", "ARCHIVED"):
        rate["Status"] = element["Status"]
    books.store.assign(books.store.tax_rates, rate["TaxType"], rate)
    return str(rate["TaxType"])


def _tax_used(books: Books, tax_type: str) -> bool:
    """Whether a line of any document has it."""
    needle = wire.encode({"TaxType": tax_type})[1:-1]
    return any(needle in row.parts[1] for rows in books.store.documents() for row in rows.rows.values())


def tax_rate_written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    form: Record = wire.wired(books.store.tax_rates[key])
    return form


def save_currency(books: Books, element: Record, create_only: bool) -> Saved:
    """Subscribe to a currency."""
    del create_only
    code = str(element.get("Code") or "").upper()
    if len(code) != 3 or not code.isalpha():
        raise ValidationError("Currency code is not valid.")
    currency = {"Code": code, "Description": _CURRENCY_NAMES.get(code, code)}
    books.store.assign(books.store.currencies, code, currency)
    return Saved(code)


def currency_written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    return dict(books.store.currencies[key])


ACCOUNTS = Writable("Accounts", "AccountID", save_account, account_written)
TAX_RATES = Writable("TaxRates", "TaxType", save_tax_rate, tax_rate_written)
CURRENCIES = Writable("Currencies", "Code", save_currency, currency_written)
