"""As `builders`, for contacts and the settings of an organisation."""

from decimal import Decimal
from typing import Any

from counterfoil.core.mapping.contacts import ContactValues, contact_values
from counterfoil.core.mapping.finance import TaxCodeValues, tax_rate_values
from counterfoil.xero import records
from tests.builders import AT, guid


def contact(name: str = "Ridgeway University", /, **given: Any) -> records.Contact:
    """An active customer without anything else."""
    values = {
        "contact_id": guid(name),
        "name": name,
        "contact_status": "ACTIVE",
        "is_customer": True,
        "is_supplier": False,
    }
    return records.Contact(**(values | given))


def contact_of(name: str = "Ridgeway University", /, **given: Any) -> ContactValues:
    """What the mapping makes of `contact`."""
    return contact_values(contact(name, **given))


def address(kind: str = "POBOX", **given: Any) -> records.Address:
    values = {
        "address_type": kind,
        "address_line1": "1 High Street",
        "city": "Leeds",
        "postal_code": "LS1 1AA",
    }
    return records.Address(**(values | given))


def phone(kind: str = "DEFAULT", number: str = "7946 0000", **given: Any) -> records.Phone:
    return records.Phone(phone_type=kind, phone_number=number, **given)


def person(first_name: str, last_name: str = "", email_address: str = "") -> records.ContactPerson:
    return records.ContactPerson(first_name=first_name, last_name=last_name, email_address=email_address)


def balances(outstanding: str, overdue: str = "0") -> records.Balances:
    """What a customer owes."""
    owed = records.Balance(outstanding=Decimal(outstanding), overdue=Decimal(overdue))
    return records.Balances(accounts_receivable=owed)


_SIDES = {
    "income": {"assets", "equity", "liabilities", "revenue"},
    "expense": {"assets", "equity", "liabilities", "expenses"},
    "everything": {"assets", "equity", "liabilities", "revenue", "expenses"},
    "assets": {"assets"},
    "liabilities": {"liabilities"},
}


def tax_rate(
    tax_type: str = "OUTPUT2", rate: str = "20", side: str = "income", **given: Any
) -> records.TaxRate:
    """An active rate that can apply to what Xero lets rates on `side` apply to (xero-facts 7.2)."""
    can = {f"can_apply_to_{kind}": kind in _SIDES[side] for kind in _SIDES["everything"]}
    values = {"tax_type": tax_type, "name": tax_type, "status": "ACTIVE", "effective_rate": Decimal(rate)}
    return records.TaxRate(**(values | can | given))


def tax_code_of(
    tax_type: str = "OUTPUT2", rate: str = "20", side: str = "income", **given: Any
) -> TaxCodeValues:
    return tax_rate_values(tax_rate(tax_type, rate, side, **given))


def account(code: str = "200", name: str = "Sales", **given: Any) -> records.Account:
    values = {
        "account_id": guid(f"account {code}"),
        "code": code,
        "name": name,
        "type": "REVENUE",
        "class_": "REVENUE",
        "status": "ACTIVE",
        "tax_type": "OUTPUT2",
    }
    return records.Account(**(values | given))


def user(email: str = "ann@example.com", *, of: Any = None) -> Any:
    """A user, with a seat in the operating company `of`."""
    from counterfoil.accounts.models import Membership, Role, User

    made = User.objects.create_user(email, None, name=email.partition("@")[0].title(), created_at=AT)
    if of is not None:
        Membership.objects.create(user=made, operating_company=of, role=Role.SALES)
    return made
