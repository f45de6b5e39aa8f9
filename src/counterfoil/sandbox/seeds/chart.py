"""The fixed tables of a stand-in organisation: chart of accounts, tax rates, currencies, themes, tracking.

Account codes and types follow Xero's default chart (xero-facts 4.10, 4.17), the United Kingdom's tax rates
xero-facts 7.2, those of the Global edition 7.3 and 4.17. Data and one constructor a table; no documents here.
"""

from datetime import datetime
from decimal import Decimal

from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record

_CLASS_OF = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "INVENTORY": "ASSET",
    "PREPAYMENT": "ASSET",
    "FIXED": "ASSET",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "EQUITY": "EQUITY",
}

# code | name | type | tax (s sales, p purchases, z zero purchases, - none) | system account | note
_ACCOUNTS = """
090|Business Bank Account|BANK|-||bank
091|Business Savings Account|BANK|-||bank
200|Sales|REVENUE|s||Income from any normal business activity
205|Sales - Food and Books|REVENUE|s||Zero-rated goods
210|Carriage Charged|REVENUE|s||Delivery charged to customers
220|Services|REVENUE|s||Display days, gift wrapping and other work
260|Other Revenue|OTHERINCOME|s||Income outside normal business activity
270|Interest Income|OTHERINCOME|-||Interest earned
300|Purchases|DIRECTCOSTS|p||Goods bought to be sold
310|Cost of Goods Sold|DIRECTCOSTS|p||Cost of tracked goods sold
320|Packaging|DIRECTCOSTS|p||Cartons, tape and wrap
400|Advertising & Marketing|OVERHEADS|p||Advertising
401|Audit & Accountancy fees|OVERHEADS|p||Accountancy
404|Bank Fees|OVERHEADS|-||Charges of the bank
408|Cleaning|OVERHEADS|p||Cleaning of the premises
425|Postage, Freight & Courier|OVERHEADS|p||Carriage out
429|General Expenses|OVERHEADS|p||Other running costs
433|Insurance|OVERHEADS|-||Insurance
437|Interest Paid|OVERHEADS|-||Interest
445|Light, Power, Heating|OVERHEADS|p||Energy
449|Motor Vehicle Expenses|OVERHEADS|p||Vans
461|Printing & Stationery|OVERHEADS|p||Office paper
463|IT Software and Consumables|OVERHEADS|p||Software
469|Rent|OVERHEADS|-||The warehouse
473|Repairs & Maintenance|OVERHEADS|p||Repairs
477|Salaries|OVERHEADS|-||Pay
485|Subscriptions|OVERHEADS|p||Trade bodies, magazines
489|Telephone & Internet|OVERHEADS|p||Lines
493|Travel - National|OVERHEADS|p||Travel
497|Bank Revaluations|EXPENSE|-|BANKCURRENCYGAIN|Revaluation of bank accounts in other currencies
498|Unrealised Currency Gains|EXPENSE|-|UNREALISEDCURRENCYGAIN|Open items in other currencies
499|Realised Currency Gains|EXPENSE|-|REALISEDCURRENCYGAIN|Settled items in other currencies
610|Accounts Receivable|CURRENT|-|DEBTORS|What customers owe
620|Prepayments|PREPAYMENT|-||Paid in advance
630|Inventory|INVENTORY|-||Tracked goods
710|Office Equipment|FIXED|p||Equipment
764|Plant and Machinery|FIXED|p||Plant
800|Accounts Payable|CURRLIAB|-|CREDITORS|What suppliers are owed
801|Unpaid Expense Claims|CURRLIAB|-|UNPAIDEXPCLM|Claims of staff
805|Deposits from Customers|CURRLIAB|-||Paid by customers before delivery
820|VAT|CURRLIAB|-|GST|Tax owed to or from the tax authority
825|PAYE Payable|CURRLIAB|-||Payroll tax
840|Historical Adjustment|CURRLIAB|-|HISTORICAL|For the accountant
850|Suspense|CURRLIAB|-||To be sorted out
855|Clearing Account|CURRLIAB|-||pay
860|Rounding|CURRLIAB|-|ROUNDING|Rounding differences
877|Tracking Transfers|CURRLIAB|-|TRACKINGTRANSFERS|Between tracking categories
900|Loan|TERMLIAB|-||Bank loan
960|Retained Earnings|EQUITY|-|RETAINEDEARNINGS|Do not use
970|Owner Share Capital|EQUITY|-||pay
"""


def accounts(*, currency: str, sales_tax: str, purchase_tax: str, stamp: datetime) -> list[Record]:
    """The chart, in base ``currency``, with the region's default tax codes; one archived account at the end."""
    rows = [row.split("|") for row in _ACCOUNTS.strip().splitlines()]
    taxes = {"s": sales_tax, "p": purchase_tax, "-": "NONE"}
    chart = [_account(row, currency=currency, tax=taxes[row[3]], stamp=stamp) for row in rows]
    if currency == "GBP":
        chart += [
            bank_account("092", "Euro Account", "EUR", stamp),
            bank_account("093", "US Dollar Account", "USD", stamp),
        ]
    closed = _account(
        ["261", "Market Stall Sales", "REVENUE", "s", "", "Closed in an earlier year"],
        currency=currency,
        tax=sales_tax,
        stamp=stamp,
    )
    return [*chart, {**closed, "Status": "ARCHIVED"}]


def bank_account(code: str, name: str, currency: str, stamp: datetime) -> Record:
    """A bank account in ``currency``. Its ``EnablePaymentsToAccount`` is False, as in real data (4.10)."""
    return _account([code, name, "BANK", "-", "", "bank"], currency=currency, tax="NONE", stamp=stamp)


def _account(row: list[str], *, currency: str, tax: str, stamp: datetime) -> Record:
    code, name, kind, _, system, note = row
    record: Record = {
        "AccountID": guid("account", code),
        "Code": code,
        "Name": name,
        "Status": "ACTIVE",
        "Type": kind,
        "TaxType": tax,
        "Class": _CLASS_OF[kind],
        "SystemAccount": system,
        "EnablePaymentsToAccount": note == "pay",
        "ShowInExpenseClaims": kind == "OVERHEADS" and tax != "NONE",
        "BankAccountType": "",
        "ReportingCode": _CLASS_OF[kind][:3],
        "ReportingCodeName": _CLASS_OF[kind].capitalize(),
        "HasAttachments": False,
        "AddToWatchlist": False,
        "UpdatedDateUTC": stamp,
    }
    if kind == "BANK":
        del record["SystemAccount"]
        return record | {
            "BankAccountNumber": f"20{code}4355779911"[:14],
            "BankAccountType": "BANK",
            "CurrencyCode": currency,
        }
    return record | {"Description": "" if note == "pay" else note}


# code | name | report type | rate | side: i income, e expense, a assets, n none, m imports | status
_UK_RATES = """
OUTPUT2|20% (VAT on Income)|OUTPUT|20|i|ACTIVE
INPUT2|20% (VAT on Expenses)|INPUT|20|e|ACTIVE
RROUTPUT|5% (VAT on Income)|OUTPUT|5|i|ACTIVE
RRINPUT|5% (VAT on Expenses)|INPUT|5|e|ACTIVE
SROUTPUT|15% (VAT on Income)|OUTPUT|15|i|ACTIVE
SRINPUT|15% (VAT on Expenses)|INPUT|15|e|ACTIVE
OUTPUT|17.5% (VAT on Income)|OUTPUT|17.5|i|DELETED
INPUT|17.5% (VAT on Expenses)|INPUT|17.5|e|DELETED
ZERORATEDOUTPUT|Zero Rated Income|OUTPUT|0|i|ACTIVE
ZERORATEDINPUT|Zero Rated Expenses|INPUT|0|e|ACTIVE
EXEMPTOUTPUT|Exempt Income|EXEMPTOUTPUT|0|i|ACTIVE
EXEMPTINPUT|Exempt Expenses|EXEMPTINPUT|0|e|ACTIVE
NONE|No VAT|NONE|0|n|ACTIVE
ECZROUTPUT|Zero Rated EC Goods Income|ECOUTPUT|0|i|ACTIVE
ECZROUTPUTSERVICES|Zero Rated EC Services|ECOUTPUTSERVICES|0|i|ACTIVE
ECZRINPUT|Zero Rated EC Expenses|ECINPUT|0|e|ACTIVE
ECACQUISITIONS|EC Acquisitions (20%)|ECACQUISITIONS|20|e|ACTIVE
REVERSECHARGES|Reverse Charge Expenses (20%)|REVERSECHARGES|20|e|ACTIVE
GSTONIMPORTS|VAT on Imports|GSTONIMPORTS|0|m|ACTIVE
CAPEXINPUT2|20% (VAT on Capital Purchases)|CAPITALEXPENSESINPUT|20|a|ACTIVE
CAPEXOUTPUT2|20% (VAT on Capital Sales)|CAPITALSALESOUTPUT|20|a|ACTIVE
DRCHARGESUPPLY20|Domestic Reverse Charge @ 20% (VAT on Income)|OUTPUT|0|i|ACTIVE
DRCHARGE20|Domestic Reverse Charge @ 20% (VAT on Expenses)|INPUT|20|e|ACTIVE
TAX001|Margin scheme (no VAT shown)|EXEMPTOUTPUT|0|i|ACTIVE
"""

_GLOBAL_RATES = """
OUTPUT|Tax on Sales|OUTPUT|8.25|i|ACTIVE
INPUT|Tax on Purchases|INPUT|8.25|e|ACTIVE
TAX001|Tax on Goods||8.75|all|ACTIVE
NONE|Tax Exempt|NONE|0|n|ACTIVE
GSTONIMPORTS|Sales Tax on Imports|GSTONIMPORTS|0|m|ACTIVE
"""

# Assets, equity, expenses, liabilities, revenue: xero-facts 7.2.
_SIDES = {"i": "AQLR", "e": "AQEL", "a": "A", "n": "AQELR", "m": "L", "all": "AQELR"}
_APPLY = {
    "A": "CanApplyToAssets",
    "Q": "CanApplyToEquity",
    "E": "CanApplyToExpenses",
    "L": "CanApplyToLiabilities",
    "R": "CanApplyToRevenue",
}


def tax_rates_uk() -> list[Record]:
    """The rates of a UK organisation, the deleted 17.5 % pair and one made by its user included."""
    return [_tax_rate(row, "VAT") for row in _UK_RATES.strip().splitlines()]


def tax_rates_global() -> list[Record]:
    """The rates of the Global edition with a two-part sales tax."""
    return [_tax_rate(row, "Sales Tax") for row in _GLOBAL_RATES.strip().splitlines()]


def _tax_rate(row: str, component: str) -> Record:
    code, name, report, rate_text, side, status = row.split("|")
    rate = Decimal(rate_text)
    record: Record = {"Name": name, "TaxType": code}
    if report:
        record["ReportTaxType"] = report
    record |= {key: letter in _SIDES[side] for letter, key in _APPLY.items()}
    return record | {
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "Status": status,
        "TaxComponents": _components(
            rate, component if rate else "No VAT" if component == "VAT" else "No Tax"
        ),
    }


def _components(rate: Decimal, name: str) -> list[Record]:
    """One component, or city and state for a sales tax with a fraction: real shapes of the Global demo."""
    parts = [(name, rate)]
    if name == "Sales Tax":
        parts = [("City Tax", Decimal(4)), ("State Tax", rate - 4)]
    return [
        {"Name": part, "Rate": share, "IsCompound": False, "IsNonRecoverable": False} for part, share in parts
    ]


_CURRENCY_NAMES = {
    "GBP": "British Pound",
    "EUR": "Euro",
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
}


def currencies(*codes: str) -> list[Record]:
    """The subscribed currencies, base currency first (4.9)."""
    return [{"Code": code, "Description": _CURRENCY_NAMES[code]} for code in codes]


def branding_themes(stamp: datetime) -> list[Record]:
    """Two themes; sort order 0 is the default one (4.11)."""
    names = ["Standard", "Special Projects"]
    return [
        {
            "BrandingThemeID": guid("theme", name),
            "Name": name,
            "LogoUrl": "https://stand-in.example/logo.png",
            "Type": "INVOICE",
            "SortOrder": order,
            "CreatedDateUTC": stamp,
        }
        for order, name in enumerate(names)
    ]


def tracking_categories() -> list[Record]:
    """Region and Channel: the two active categories Xero allows (4.15)."""
    options = {
        "Region": ["North", "South", "Scotland", "Export"],
        "Channel": ["Trade", "Mail order", "Shows"],
    }
    return [
        {
            "TrackingCategoryID": guid("tracking", name),
            "Name": name,
            "Status": "ACTIVE",
            "Options": [_option(name, option) for option in choices],
        }
        for name, choices in options.items()
    ]


def _option(category: str, name: str) -> Record:
    return {
        "TrackingOptionID": guid("tracking-option", f"{category}/{name}"),
        "Name": name,
        "Status": "ACTIVE",
        "HasValidationErrors": False,
        "IsDeleted": False,
        "IsArchived": False,
        "IsActive": True,
    }


def tracking_link(category: str, option: str) -> Record:
    """How a line points at an option."""
    return {
        "Name": category,
        "Option": option,
        "TrackingCategoryID": guid("tracking", category),
        "TrackingOptionID": guid("tracking-option", f"{category}/{option}"),
    }


def actions(*, multicurrency: bool = True) -> list[Record]:
    """GET /Organisation/Actions of a plan without limits (4.1)."""
    names = [
        "CreateApprovedInvoice",
        "CreateDraftInvoice",
        "CreateRepeatingInvoice",
        "CreateInvoicePayment",
        "AttachFilesIntoInvoice",
        "CreateApprovedBill",
        "CreateDraftBill",
        "CreateRepeatingBill",
        "CreateDraftPurchaseOrder",
        "CreateApprovedPurchaseOrder",
        "CreateDraftQuote",
        "CreateSentQuote",
    ]
    rows = [{"Name": name, "Status": "ALLOWED"} for name in names]
    return [*rows, {"Name": "UseMulticurrency", "Status": "ALLOWED" if multicurrency else "NOT-ALLOWED"}]
