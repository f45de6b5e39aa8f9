"""Rows and people for the screens: a test names only what it is about."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from counterfoil.crm.documents.models import QuoteTemplate
from counterfoil.crm.documents.rendering import built_in_template
from tests import builders
from tests.builders import AT, guid

PASSWORD = "correct horse battery"
TODAY = dt.date(2026, 11, 20)
# The addresses of all lists.
LISTS = (
    "customers",
    "suppliers",
    "people",
    "products",
    "invoices",
    "credit-notes",
    "purchase-orders",
    "quotes",
    "analysis-codes",
)


def person(email: str = "ada@example.com", **given: Any) -> Any:
    from counterfoil.accounts.models import User

    return User.objects.create_user(email, PASSWORD, **({"name": "Ada Okafor"} | given))


def member(company: Any, role: str = "administrator", email: str = "") -> Any:
    from counterfoil.accounts.models import Membership

    user = person(email or f"{role}@example.com", name=role.title())
    Membership.objects.create(user=user, operating_company=company, role=role)
    return user


def browser_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def customer(company: Any, name: str = "Alder Foods", **given: Any) -> Any:
    """A business with a company and a division of its name; `division=None` leaves those out."""
    if "division" not in given:
        given["division"] = division(company, name)
    return builders.sales_ledger(company, name, **({"b2c": "b2b"} | given))


def file(ledger: Any, name: str = "Contract.pdf", content: bytes = b"%PDF-1.7") -> Any:
    from counterfoil.crm.customers.models import CustomerFile

    return CustomerFile.objects.create(
        operating_company=ledger.operating_company,
        sales_ledger=ledger,
        name=name,
        size=len(content),
        digest="",
        added_at=AT,
        content=content,
    )


def division(company: Any, name: str) -> Any:
    from counterfoil.crm.customers.models import Company, Division

    owner = Company.objects.create(operating_company=company, name=name, created_at=AT)
    return Division.objects.create(operating_company=company, company=owner, name=name)


def contact(of: Any, first: str = "Grace", last: str = "Adams", **given: Any) -> Any:
    from counterfoil.crm.customers.models import Contact

    values = {"slot": 0, "first_name": first, "last_name": last, "created_at": AT}
    return Contact.objects.create(operating_company=of.operating_company, division=of, **(values | given))


def product(company: Any, code: str = "TAB-100", **given: Any) -> Any:
    from counterfoil.crm.products.models import ProductItem

    values = {
        "external_id": guid(code),
        "description": f"The {code}",
        "selling_price": Decimal("19.95"),
        "created_at": AT,
        "updated_at": AT,
    }
    return ProductItem.objects.create(operating_company=company, code=code, **(values | given))


def document(ledger: Any, number: str = "INV-1", total: str = "120.00", **given: Any) -> Any:
    """An approved, unpaid invoice in home currency, due on 1 November 2026."""
    from counterfoil.crm.sales.models import SalesOrderHeader

    amount = Decimal(total)
    rate = Decimal(given.get("rate", 1))
    values = {
        "external_id": guid(number),
        "kind": "I",
        "number": number,
        "status": "AUTHORISED",
        "state": "invoiced",
        "is_reported": True,
        "date": dt.date(2026, 10, 1),
        "due_date": dt.date(2026, 11, 1),
        "currency": "GBP",
        "rate": rate,
        "line_amount_types": "Exclusive",
        "net": amount,
        "tax": Decimal(0),
        "total": amount,
        "home_net": amount / rate,
        "home_total": amount / rate,
        "amount_paid": Decimal(0),
        "amount_credited": Decimal(0),
        "amount_due": amount,
        "is_paid": False,
    }
    return SalesOrderHeader.objects.create(
        operating_company=ledger.operating_company, sales_ledger=ledger, **(values | given)
    )


def paid(ledger: Any, number: str, total: str = "120.00", **given: Any) -> Any:
    settled = {"is_paid": True, "status": "PAID", "amount_due": Decimal(0), "amount_paid": Decimal(total)}
    return document(ledger, number, total, **(settled | {"paid_on": dt.date(2026, 10, 20)} | given))


def line(header: Any, description: str = "Oak table", net: str = "100.00", **given: Any) -> Any:
    from counterfoil.crm.sales.models import SalesTransaction

    amount = Decimal(net)
    values = {
        "kind": header.kind,
        "position": header.lines.count(),
        "description": description,
        "quantity": Decimal(1),
        "unit_price": amount,
        "analysis": "200",
        "tax_type": "OUTPUT2",
        "net": amount,
        "tax": Decimal(0),
        "gross": amount,
        "home_net": amount / header.rate,
        "home_gross": amount / header.rate,
    }
    return SalesTransaction.objects.create(
        operating_company=header.operating_company, header=header, **(values | given)
    )


def purchase_order(ledger: Any, number: str = "PO-1", total: str = "90.00", **given: Any) -> Any:
    from counterfoil.crm.purchasing.models import PurchaseOrderHeader

    amount = Decimal(total)
    values = {
        "external_id": guid(number),
        "number": number,
        "status": "AUTHORISED",
        "state": "authorised",
        "date": dt.date(2026, 10, 1),
        "delivery_date": dt.date(2026, 12, 1),
        "currency": "GBP",
        "rate": Decimal(1),
        "line_amount_types": "Exclusive",
        "net": amount,
        "tax": Decimal(0),
        "total": amount,
        "home_net": amount,
        "home_total": amount,
    }
    return PurchaseOrderHeader.objects.create(
        operating_company=ledger.operating_company, purchase_ledger=ledger, **(values | given)
    )


def quote(ledger: Any, by: Any) -> Any:
    """A draft without lines."""
    from counterfoil.crm.quotes.editing import quote_create

    return quote_create(ledger, actor=by, at=AT, on=TODAY)


def quote_template(company: Any, name: str = "With our logo") -> Any:
    content = built_in_template()
    return QuoteTemplate.objects.create(
        operating_company=company,
        name=name,
        file_name="ours.docx",
        content=content,
        size=len(content),
        uploaded_at=AT,
    )


def tax_combination(company: Any, **given: Any) -> Any:
    from counterfoil.crm.finance.models import TaxCode, TaxCombination

    code, _ = TaxCode.objects.get_or_create(
        operating_company=company,
        tax_type="OUTPUT2",
        defaults={"name": "20% (VAT on Income)", "rate": Decimal(20), "status": "ACTIVE", "is_active": True},
    )
    values = {"country_type": "home", "transaction_type": "sales", "applies": True}
    return TaxCombination.objects.create(operating_company=company, tax_code=code, **(values | given))


def connection(company: Any, **given: Any) -> Any:
    from counterfoil.sync.models import Connection

    values = {
        "role": "primary",
        "state": "connected",
        "state_since": AT,
        "tenant_id": guid(f"tenant of {company.name}"),
        "organisation_name": "Northwind in Xero",
        "base_currency": "GBP",
        "country": "GB",
        "plan_class": "STANDARD",
        "short_code": "!ab12",
        "authorised_by": "Ada Okafor",
        "scopes": "openid accounting.contacts accounting.settings",
        "connected_at": AT,
        "prerequisites": [{"key": "organisation", "ok": True, "text": "The organisation is active in Xero."}],
    }
    return Connection.objects.create(operating_company=company, **(values | given))


def stage(label: str, state: str, done: int = 0, total: int | None = None) -> dict[str, Any]:
    return {
        "stream": label.lower(),
        "label": label,
        "done": done,
        "total": total,
        "written": done,
        "set_aside": 0,
        "state": state,
        "problem": "",
    }


def running_pass(link: Any, **given: Any) -> Any:
    """A first sync in its second of three stages."""
    from counterfoil.sync.models import Pass

    progress = [
        stage("Tax rates", "done", 12, 12),
        stage("Contacts", "running", 40, 120),
        stage("Invoices", "waiting"),
    ]
    values = {
        "is_first": True,
        "state": "running",
        "started_at": timezone.now() - dt.timedelta(seconds=10),
        "beat_at": timezone.now(),
        "calls": 3,
        "progress": progress,
    }
    return Pass.objects.create(connection=link, **(values | given))


def set_aside(link: Any, reason: str = "The currency XAU has no rate.", **given: Any) -> Any:
    from counterfoil.sync.models import SetAside

    values = {
        "stream": "invoices",
        "xero_id": guid(reason),
        "raw": '{"Total": 1}',
        "first_at": AT,
        "last_at": AT,
    }
    return SetAside.objects.create(connection=link, reason=reason, **(values | given))
