"""A company in US dollars of any size, put together from ``sized_masters`` and ``sized_documents``.

Shares numbers, not believability, with the UK seed. Record ``n`` follows from ``n`` by arithmetic, so that a hundred
thousand invoices cost no memory before the store takes them.
"""

from datetime import UTC, date, datetime

from counterfoil.sandbox.seeds import chart
from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record, SeedData
from counterfoil.sandbox.seeds.sized_documents import Documents
from counterfoil.sandbox.seeds.sized_masters import Masters
from counterfoil.sandbox.seeds.sized_pace import Pace, Size


def global_organisation(name: str, *, size: Size, today: date) -> SeedData:
    """One company with USD, CAD and a two-part sales tax, as large as asked."""
    pace = Pace(today)
    masters = Masters(size, pace)
    documents = Documents(size, pace, masters)
    old = datetime(2009, 3, 2, 8, 0, 0, 473_000, tzinfo=UTC)
    organisation = _profile(name)
    return SeedData(
        organisation=organisation,
        tenant_id=organisation["OrganisationID"],
        actions=chart.actions(),
        accounts=chart.accounts(currency="USD", sales_tax="OUTPUT", purchase_tax="INPUT", stamp=old),
        tax_rates=chart.tax_rates_global(),
        currencies=chart.currencies("USD", "CAD"),
        branding_themes=chart.branding_themes(old),
        tracking_categories=chart.tracking_categories(),
        contact_groups=[],
        contacts=masters.contacts(),
        items=masters.items(),
        invoices=documents.invoices(),
        credit_notes=documents.credit_notes(),
        purchase_orders=documents.purchase_orders(),
        payments=documents.payments(),
        allocations=iter(()),
        users=[_owner(name)],
    )


def _owner(name: str) -> Record:
    return {
        "UserID": guid("user", name),
        "GlobalUserID": guid("global-user", name),
        "EmailAddress": "owner@emberandelm.example",
        "FirstName": "Odette",
        "LastName": "Larkwell",
        "IsSubscriber": True,
        "OrganisationRole": "FINANCIALADVISER",
    }


def _profile(name: str) -> Record:
    return {
        "OrganisationID": guid("organisation", name),
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": "GLOBAL",
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": "USD",
        "CountryCode": "US",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "3MONTHLY",
        "DefaultSalesTax": "Remember previous",
        "DefaultPurchasesTax": "Remember previous",
        "PeriodLockDate": date(2015, 12, 31),
        "CreatedDateUTC": datetime(2014, 1, 6, 15, 0, 0, tzinfo=UTC),
        "Timezone": "EASTERNSTANDARDTIME",
        "ShortCode": "!gB1zE",
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
