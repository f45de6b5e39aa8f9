"""Who writes and who is written to, as documents name them."""

from __future__ import annotations

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.crm.customers.models import Contact, SalesLedger
from counterfoil.crm.documents.composing import party
from counterfoil.crm.documents.models import Letterhead
from counterfoil.crm.documents.quote_document import Party


def sender_party(company: OperatingCompany, letterhead: Letterhead) -> Party:
    return party(
        letterhead.name or company.name,
        letterhead.address.split("\n"),
        vat_number=letterhead.vat_number,
        registration=letterhead.registration,
        email=letterhead.email,
        phone=letterhead.phone,
        website=letterhead.website,
    )


def customer_party(ledger: SalesLedger) -> Party:
    lines = [getattr(ledger, f"address_line{place}") for place in range(1, 6)]
    return party(
        ledger.name,
        [line for text in (*lines, ledger.postcode, ledger.country) for line in text.split("\n")],
        vat_number=ledger.vat_number,
        email=ledger.email,
        phone=ledger.phone,
        code=ledger.account_number,
    )


def person_party(contact: Contact | None) -> Party:
    if contact is None:
        return Party()
    name = f"{contact.first_name} {contact.last_name}".strip()
    return Party(name=name or contact.email, email=contact.email, phone=contact.phone)


def owner_party(user: User | None) -> Party:
    return Party(name=user.name or user.email, email=user.email) if user else Party()
