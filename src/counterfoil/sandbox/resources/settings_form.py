"""How accounts, tax rates and the other settings look on the wire. Facts: xero-facts 4.1, 4.8 to 4.11, 4.15."""

from __future__ import annotations

from counterfoil.sandbox import wire
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.store import Row

ACCOUNT_CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "PAYG": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "OTHERINCOME": "REVENUE",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
}
_ACCOUNT_KEYS = (
    "AccountID",
    "Code",
    "Name",
    "Status",
    "Type",
    "TaxType",
    "Description",
    "Class",
    "SystemAccount",
    "EnablePaymentsToAccount",
    "ShowInExpenseClaims",
    "BankAccountNumber",
    "BankAccountType",
    "CurrencyCode",
    "ReportingCode",
    "ReportingCodeName",
    "HasAttachments",
    "UpdatedDateUTC",
    "AddToWatchlist",
)


def account_row(account: Record) -> Row:
    """Render an account for the store."""
    whole = {
        "Status": "ACTIVE",
        "Class": ACCOUNT_CLASSES.get(account["Type"], "ASSET"),
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "BankAccountType": "",
        "HasAttachments": False,
        "AddToWatchlist": False,
        **account,
    }
    form = {key: wire.wired(whole[key]) for key in _ACCOUNT_KEYS if whole.get(key) is not None}
    facts = (whole.get("Code"), whole["Status"])
    stamp = wire.milliseconds(whole["UpdatedDateUTC"])
    return Row(account["AccountID"], stamp, (wire.encode(form),), facts)


def tracking_category(category: Record, *, archived: bool) -> Record:
    """A category with its options; archived ones only when asked for (xero-facts 4.15)."""
    options = [
        {
            "TrackingOptionID": option["TrackingOptionID"],
            "Name": option["Name"],
            "Status": option.get("Status", "ACTIVE"),
            "HasValidationErrors": False,
            "IsDeleted": option.get("Status") == "DELETED",
            "IsArchived": option.get("Status") == "ARCHIVED",
            "IsActive": option.get("Status", "ACTIVE") == "ACTIVE",
        }
        for option in category.get("Options") or ()
        if archived or option.get("Status", "ACTIVE") == "ACTIVE"
    ]
    return {
        "Name": category["Name"],
        "Status": category.get("Status", "ACTIVE"),
        "TrackingCategoryID": category["TrackingCategoryID"],
        "Options": options,
    }


def organisation(record: Record) -> Record:
    """The organisation; its creation stamp has no offset (xero-facts 3.2)."""
    form: Record = wire.wired(record)
    if record.get("CreatedDateUTC") is not None:
        form["CreatedDateUTC"] = wire.stamp_bare(record["CreatedDateUTC"])
    return form
