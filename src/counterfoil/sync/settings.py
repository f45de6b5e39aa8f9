"""Import settings as the pull uses them (IS-1 to IS-5)."""

from __future__ import annotations

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.rules import ContactRules
from counterfoil.sync import wiring
from counterfoil.sync.grounds import Ground
from counterfoil.sync.models import B2CMode, Connection, ImportSettings


def import_settings_of(company: OperatingCompany) -> ImportSettings:
    """The company's settings; the defaults until somebody changes one."""
    return getattr(company, "import_settings", None) or ImportSettings(operating_company=company)


def reserve_of(company: OperatingCompany) -> int:
    """Calls of a day that are kept for what people do (IS-8)."""
    chosen = import_settings_of(company).day_reserve
    return int(wiring.configuration().day_reserve) if chosen is None else chosen


def rules_of(company: OperatingCompany) -> ContactRules:
    """How contacts are imported for a company."""
    return rules_from(company, import_settings_of(company))


def rules_from(company: OperatingCompany, chosen: ImportSettings) -> ContactRules:
    """How contacts would be imported with these settings."""
    return ContactRules(
        b2c_automatic=chosen.b2c_mode == B2CMode.AUTOMATIC,
        b2c_pattern=chosen.b2c_pattern,
        missing_records=chosen.missing_records,  # type: ignore[arg-type]
        include_suppliers=chosen.include_suppliers,
        include_b2c=chosen.include_b2c,
        account_manager_id=chosen.default_account_manager_id,
        role_code=chosen.default_role_code,
        company_type=chosen.default_company_type,
        street_fallback=chosen.street_fallback,
        import_unflagged=chosen.import_unflagged,
        ledger_label=company.ledger_label,  # type: ignore[arg-type]
    )


def ground_of(connection: Connection) -> Ground:
    """What a pass over this connection stands on."""
    company = connection.operating_company
    return Ground(
        company=company,
        rules=rules_of(company),
        home_currency=connection.base_currency or company.home_currency,
    )
