import pytest

from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.finance import account_values, branding_theme_values, currency_values
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode
from counterfoil.crm.finance.selectors import (
    analysis_codes,
    branding_themes,
    purchase_analysis_codes,
    sales_analysis_codes,
)
from counterfoil.crm.finance.services import (
    analysis_codes_apply,
    analysis_codes_withdraw_missing,
    branding_themes_apply,
    branding_themes_withdraw_missing,
    currencies_apply,
    currencies_withdraw_missing,
    currency_add,
    tax_codes_apply,
    tax_codes_withdraw_missing,
)
from counterfoil.xero import records
from tests.builders import AT, guid, operating_company
from tests.builders_contacts import account, tax_code_of, user


def currencies(company, *codes, home="GBP"):
    values = [
        currency_values(records.Currency(code=code, description=f"The {code.upper()}")) for code in codes
    ]
    return currencies_apply(company, values, at=AT, home_currency=home)


def kept():
    return list(Currency.objects.values_list("code", "is_home"))


@pytest.mark.rule("TX-3")
def test_all_currencies_of_the_organisation_are_kept_and_the_home_currency_is_marked(company):
    currencies(company, "EUR", "GBP", "nzd")
    assert kept() == [("EUR", False), ("GBP", True), ("NZD", False)]
    assert currencies(company, "EUR", "GBP", "NZD").written == 0
    currencies(company, "EUR", home="EUR")
    assert kept() == [("EUR", True), ("GBP", False), ("NZD", False)]


@pytest.mark.rule("TX-3")
def test_the_home_currency_is_there_even_when_xero_does_not_list_it(company):
    currencies(company, "EUR")
    assert kept() == [("EUR", False), ("GBP", True)]


@pytest.mark.rule("TX-3", "IS-5")
def test_currencies_that_are_gone_stay_while_they_are_used_or_by_hand(company):
    currencies(company, "GBP", "EUR", "USD", "NZD")
    currency_add(company, "chf", actor=user(of=company), at=AT)
    assert currencies_withdraw_missing(company, {"EUR"}, used={"USD"}) == 1
    assert [code for code, _ in kept()] == ["CHF", "EUR", "GBP", "USD"]


@pytest.mark.rule("IS-5")
def test_a_currency_added_by_hand_is_not_touched_by_an_import(company):
    added = currency_add(company, "EUR", actor=user(of=company), at=AT, name="Our euro")
    assert currencies(company, "EUR", "GBP").created == 1
    added.refresh_from_db()
    assert (added.name, added.by_hand) == ("Our euro", True)


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize("code", ["EURO", "E1R", "€"])
def test_a_code_that_is_no_currency_is_refused(code):
    with pytest.raises(CannotMap):
        currency_values(records.Currency(code=code))


@pytest.mark.rule("PR-3")
def test_accounts_become_analysis_codes(company):
    values = [
        account_values(account("200", "Sales")),
        account_values(account("310", "Costs", type="DIRECTCOSTS", class_="EXPENSE", tax_type="INPUT2")),
        account_values(account("610", "Debtors", type="CURRENT", class_="ASSET", system_account="DEBTORS")),
        account_values(account("", "Bank", type="BANK", class_="ASSET", enable_payments_to_account=True)),
        account_values(account("260", "Old", status="ARCHIVED")),
    ]
    assert analysis_codes_apply(company, values, at=AT).created == 5
    assert analysis_codes_apply(company, values, at=AT).written == 0
    assert [code.code for code in analysis_codes(company)] == ["200", "310", "610"]
    assert [code.code for code in analysis_codes(company, active_only=False)] == ["200", "260", "310", "610"]
    assert [code.code for code in sales_analysis_codes(company)] == ["200"]
    assert [code.code for code in purchase_analysis_codes(company)] == ["310"]
    assert AnalysisCode.objects.get(name="Bank").for_payments


def test_accounts_that_are_gone_become_inactive(company):
    analysis_codes_apply(company, [account_values(account("200")), account_values(account("201"))], at=AT)
    assert analysis_codes_withdraw_missing(company, {guid("account 200")}, at=AT) == 1
    assert [code.code for code in analysis_codes(company)] == ["200"]
    assert AnalysisCode.objects.count() == 2


def test_an_empty_list_is_not_believed(company):
    currencies(company, "GBP", "EUR")
    analysis_codes_apply(company, [account_values(account("200"))], at=AT)
    tax_codes_apply(company, [tax_code_of("OUTPUT2")], at=AT)
    assert currencies_withdraw_missing(company, set(), used=set()) == 0
    assert analysis_codes_withdraw_missing(company, set(), at=AT) == 0
    assert tax_codes_withdraw_missing(company, set(), at=AT) == 0
    assert branding_themes_withdraw_missing(company, set(), at=AT) == 0
    assert TaxCode.objects.get().is_active
    assert analysis_codes(company).count() == 1
    assert len(kept()) == 2


def test_an_account_that_changes_its_code_stays_the_same_row(company):
    analysis_codes_apply(company, [account_values(account("200"))], at=AT)
    before = AnalysisCode.objects.get()
    changed = account_values(account("205", "Sales", account_id=before.external_id))
    assert analysis_codes_apply(company, [changed], at=AT).updated == 1
    before.refresh_from_db()
    assert before.code == "205"


@pytest.mark.rule("IS-9")
def test_branding_themes_come_in_their_order_and_go(company):
    other = operating_company("Southwind")
    themes = [
        branding_theme_values(records.BrandingTheme(branding_theme_id=guid(n), name=n, sort_order=i))
        for i, n in ((1, "Special"), (None, "Standard"))
    ]
    branding_themes_apply(company, themes, at=AT)
    branding_themes_apply(other, themes, at=AT)
    assert [theme.name for theme in branding_themes(company)] == ["Standard", "Special"]
    assert branding_themes_withdraw_missing(company, {guid("Standard")}, at=AT) == 1
    assert BrandingTheme.objects.count() == 3
