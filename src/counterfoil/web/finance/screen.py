from __future__ import annotations

from collections.abc import Sequence

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.finance.listing import ANALYSIS_CODES, analysis_classes
from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen

# Xero's account types and system accounts whose code is not a word; from AccountType and SystemAccount of its API.
_WORDS = {
    "CURRENT": "Current asset",
    "CURRLIAB": "Current liability",
    "DEPRECIATN": "Depreciation",
    "DIRECTCOSTS": "Direct costs",
    "FIXED": "Fixed asset",
    "NONCURRENT": "Non-current asset",
    "OTHERINCOME": "Other income",
    "PAYGLIABILITY": "PAYG liability",
    "SUPERANNUATIONEXPENSE": "Superannuation expense",
    "SUPERANNUATIONLIABILITY": "Superannuation liability",
    "TERMLIAB": "Non-current liability",
    "WAGESEXPENSE": "Wages expense",
    "BANKCURRENCYGAIN": "Bank revaluations",
    "CISASSET": "CIS asset",
    "CISASSETS": "CIS assets",
    "CISLABOUR": "CIS labour",
    "CISLABOUREXPENSE": "CIS labour expense",
    "CISLABOURINCOME": "CIS labour income",
    "CISLIABILITY": "CIS liability",
    "CISMATERIALS": "CIS materials",
    "DEBTORS": "Accounts receivable",
    "CREDITORS": "Accounts payable",
    "GST": "VAT or GST",
    "GSTONIMPORTS": "VAT or GST on imports",
    "HISTORICAL": "Historical adjustments",
    "REALISEDCURRENCYGAIN": "Realised currency gains",
    "RETAINEDEARNINGS": "Retained earnings",
    "TRACKINGTRANSFERS": "Tracking transfers",
    "UNPAIDEXPCLM": "Unpaid expense claims",
    "UNREALISEDCURRENCYGAIN": "Unrealised currency gains",
    "WAGEPAYABLES": "Wages payable",
}


def words(code: str) -> str:
    """What people call one of Xero's account types, classes or system accounts; a new code keeps its own letters."""
    return _WORDS.get(code, code[:1] + code[1:].lower())


def _classes(company: OperatingCompany) -> Sequence[tuple[str, str]]:
    return [("", "All"), *((code, words(code)) for code in analysis_classes(company.pk))]


ANALYSIS_SCREEN = Screen(
    name="analysis-codes",
    title="Analysis codes",
    one="analysis code",
    icon="list-numbers",
    source=ANALYSIS_CODES,
    link=lambda row: "",
    sort="code",
    search_hint="Code, name or type",
    lead="The accounts of the Xero organisation. Sales and purchases are grouped by them.",
    empty=Empty(
        "No analysis codes yet",
        "They are the accounts of the connected Xero organisation, read before everything else.",
    ),
    filters=(
        Filter("class", "Class", _classes),
        Filter("state", "Show archived", (("", ""), ("every", "")), toggle=True),
    ),
    columns=(
        Column(
            "code",
            "Code",
            lambda r, c: cells.text(r.code or "None", 20),
            lambda r, c: r.code,
            sortable=True,
            place="amount",
        ),
        Column(
            "name",
            "Name",
            lambda r, c: cells.text(r.name, 80),
            lambda r, c: r.name,
            sortable=True,
            place="title",
        ),
        Column(
            "type",
            "Type",
            lambda r, c: cells.text(words(r.account_type)),
            lambda r, c: r.account_type,
            sortable=True,
            place="sub",
        ),
        Column(
            "class", "Class", lambda r, c: cells.text(words(r.account_class)), lambda r, c: r.account_class
        ),
        Column("tax", "Default tax", lambda r, c: cells.text(r.tax_type, 40), lambda r, c: r.tax_type),
        Column(
            "state",
            "Status",
            lambda r, c: cells.badge("Active", "good") if r.is_active else cells.badge("Archived"),
            lambda r, c: r.status,
            place="side",
        ),
        Column(
            "system",
            "Used by Xero for",
            lambda r, c: cells.text(words(r.system_account)),
            lambda r, c: r.system_account,
        ),
    ),
)
