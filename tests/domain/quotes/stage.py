"""A company that sells: accounts, tax codes, a customer, products. A test names only what it is about."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.builders import AT, guid, sales_ledger

ON = dt.date(2026, 11, 20)
LATER = AT + dt.timedelta(hours=1)
PLACES = ("home", "eu_registered", "eu_unregistered", "non_eu")


def user(company: Any, email: str = "rep@example.com", role: str = "sales") -> Any:
    from counterfoil.accounts.models import Membership, User

    made = User.objects.create_user(email, None, name=email.split("@", maxsplit=1)[0].title())
    Membership.objects.create(user=made, operating_company=company, role=role)
    return made


def tax_code(company: Any, tax_type: str, rate: str, *places: str, **given: Any) -> Any:
    """An active code for sales, used in `places` (home alone unless named)."""
    from counterfoil.crm.finance.models import TaxCode, TaxCombination

    values = {
        "name": f"{tax_type} at {rate}%",
        "rate": Decimal(rate),
        "status": "ACTIVE",
        "is_active": True,
        "applies_to_revenue": True,
    }
    code = TaxCode.objects.create(operating_company=company, tax_type=tax_type, **(values | given))
    TaxCombination.objects.bulk_create(
        TaxCombination(
            operating_company=company,
            tax_code=code,
            country_type=place,
            transaction_type="sales",
            applies=place in (places or ("home",)),
        )
        for place in PLACES
    )
    return code


def account(company: Any, code: str = "200", **given: Any) -> Any:
    from counterfoil.crm.finance.models import AnalysisCode

    values = {
        "external_id": guid(f"account {code}"),
        "name": f"Account {code}",
        "account_type": "REVENUE",
        "account_class": "REVENUE",
        "tax_type": "OUTPUT2",
        "status": "ACTIVE",
        "is_active": True,
    }
    return AnalysisCode.objects.create(operating_company=company, code=code, **(values | given))


def product(company: Any, code: str = "BOLT", **given: Any) -> Any:
    from counterfoil.crm.products.models import ProductItem

    values = {
        "external_id": guid(code),
        "description": f"The {code.lower()}",
        "selling_price": Decimal("25.06"),
        "cost_price": Decimal(10),
        "sales_analysis": "200",
        "vat_code": "OUTPUT2",
        "created_at": AT,
        "updated_at": AT,
    }
    return ProductItem.objects.create(operating_company=company, code=code, **(values | given))


def customer(company: Any, name: str = "Ridgeway", **given: Any) -> Any:
    """A customer with a company, a postal address and nothing against it."""
    from counterfoil.crm.customers.models import Company, Division

    parent = Company.objects.create(operating_company=company, name=name, created_at=AT)
    division = Division.objects.create(operating_company=company, company=parent, name=name)
    values = {"division": division, "address_line1": "1 Quay", "country": "United Kingdom"}
    return sales_ledger(company, name, **(values | given))


class Shop:
    """Everything a quote needs, and short ways to make one."""

    def __init__(self, company: Any):
        self.company = company
        self.rep = user(company)
        self.rates = [
            tax_code(company, "OUTPUT2", "20"),
            tax_code(company, "RROUTPUT", "5"),
            tax_code(company, "ZERORATEDOUTPUT", "0", "eu_registered", "eu_unregistered", "non_eu"),
        ]
        self.account = account(company)
        self.ledger = customer(company)
        self.bolt = product(company)

    def quote(self, **given: Any) -> Any:
        """A draft for the customer, with one bolt unless `lines` says otherwise (product, quantity, ...)."""
        from counterfoil.crm.quotes.services import line_add, quote_create

        lines = given.pop("lines", [{"product": self.bolt}])
        quote = quote_create(given.pop("ledger", self.ledger), actor=self.rep, at=AT, on=ON, **given)
        for line in lines:
            line_add(quote, actor=self.rep, at=AT, **line)
        return quote

    def confirm(self, quote: Any, **given: Any) -> Any:
        from counterfoil.crm.quotes.services import quote_confirm

        return quote_confirm(quote, **({"actor": self.rep, "at": LATER} | given))
