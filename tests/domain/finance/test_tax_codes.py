from decimal import Decimal

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.crm.finance.errors import FinanceRefused
from counterfoil.crm.finance.models import TaxCode, TaxCombination
from counterfoil.crm.finance.selectors import tax_codes, tax_codes_for
from counterfoil.crm.finance.services import (
    tax_codes_apply,
    tax_codes_withdraw_missing,
    tax_combination_correct,
)
from counterfoil.xero import records
from tests.builders import AT, operating_company
from tests.builders_contacts import tax_code_of, user


def used(tax_type):
    rows = TaxCombination.objects.filter(tax_code__tax_type=tax_type, applies=True)
    return set(rows.values_list("country_type", "transaction_type"))


def combination(tax_type, country, side):
    return TaxCombination.objects.get(
        tax_code__tax_type=tax_type, country_type=country, transaction_type=side
    )


@pytest.mark.rule("TX-1")
def test_a_tax_rate_is_kept_with_its_components_and_combinations(company):
    parts = [
        records.TaxComponent(name="GST", rate=Decimal(5)),
        None,
        records.TaxComponent(name="RST", rate=Decimal("7.25"), is_compound=True),
    ]
    value = tax_code_of(
        "CAN028", "12.6125", name="GST/RST", display_tax_rate=Decimal(12), tax_components=parts
    )
    outcome = tax_codes_apply(company, [value], at=AT)
    assert (outcome.created, outcome.updated) == (1, 0)
    code = TaxCode.objects.get()
    assert (code.name, code.rate, code.display_rate) == ("GST/RST", Decimal("12.6125"), Decimal(12))
    assert [(part["name"], part["rate"], part["is_compound"]) for part in code.components] == [
        ("GST", "5", False),
        ("RST", "7.25", True),
    ]
    assert (code.is_active, code.applies_to_revenue, code.applies_to_expenses) == (True, True, False)
    assert used("CAN028") == {("home", "sales")}
    assert TaxCombination.objects.count() == 8


@pytest.mark.rule("TX-1", "SY-4")
def test_applying_the_same_rates_again_writes_nothing(company):
    values = [tax_code_of("OUTPUT2"), tax_code_of("NONE", "0", "everything")]
    tax_codes_apply(company, values, at=AT)
    outcome = tax_codes_apply(company, values, at=AT)
    assert outcome.written == 0


@pytest.mark.rule("TX-1")
def test_only_active_rates_have_combinations_in_use(company):
    tax_codes_apply(company, [tax_code_of("OUTPUT2")], at=AT)
    tax_codes_apply(company, [tax_code_of("OUTPUT2", status="DELETED")], at=AT)
    assert used("OUTPUT2") == set()
    assert list(tax_codes(company)) == []
    assert [code.tax_type for code in tax_codes(company, active_only=False)] == ["OUTPUT2"]


@pytest.mark.rule("TX-1")
def test_rates_that_are_gone_become_inactive_and_stay(company):
    tax_codes_apply(company, [tax_code_of("OUTPUT2"), tax_code_of("TAX001")], at=AT)
    assert tax_codes_withdraw_missing(company, {"OUTPUT2"}, at=AT) == 1
    assert tax_codes_withdraw_missing(company, {"OUTPUT2"}, at=AT) == 0
    assert set(TaxCode.objects.values_list("tax_type", "is_active")) == {("OUTPUT2", True), ("TAX001", False)}
    tax_codes_apply(company, [tax_code_of("TAX001")], at=AT)
    assert TaxCode.objects.get(tax_type="TAX001").is_active


@pytest.mark.rule("TX-1")
@pytest.mark.parametrize("applies", [True, False])
def test_a_correction_by_hand_survives_imports(company, applies):
    ann = user(of=company)
    tax_codes_apply(company, [tax_code_of("OUTPUT2")], at=AT)
    country = "non_eu" if applies else "home"
    tax_combination_correct(company, combination("OUTPUT2", country, "sales"), applies, actor=ann, at=AT)
    tax_codes_apply(company, [tax_code_of("OUTPUT2", rate="21", name="New")], at=AT)
    kept = combination("OUTPUT2", country, "sales")
    assert (kept.applies, kept.by_hand) == (applies, True)
    found = [code.tax_type for code in tax_codes_for(company, country, "sales")]
    assert found == (["OUTPUT2"] if applies else [])
    assert AuditEntry.objects.get().actor == ann


def test_a_combination_of_somebody_else_is_not_corrected(company):
    tax_codes_apply(company, [tax_code_of("OUTPUT2")], at=AT)
    ann, other = user(), operating_company("Southwind")
    with pytest.raises(FinanceRefused):
        tax_combination_correct(other, combination("OUTPUT2", "home", "sales"), False, actor=ann, at=AT)
    assert combination("OUTPUT2", "home", "sales").applies


@pytest.mark.rule("SY-10")
def test_a_rate_without_a_percentage_is_refused_and_not_taken_for_nought():
    with pytest.raises(CannotMap, match="would be taken for 0 %"):
        tax_code_of("TAX001", effective_rate=None)


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({"effective_rate": None, "display_tax_rate": Decimal(15)}, "15"),
        (
            {
                "effective_rate": None,
                "tax_components": [
                    records.TaxComponent(rate=Decimal(5)),
                    records.TaxComponent(rate=Decimal(10), is_compound=True),
                ],
            },
            "15.5",
        ),
    ],
)
def test_a_missing_effective_rate_is_made_of_what_there_is(given, rate):
    assert tax_code_of("TAX001", **given).rate == Decimal(rate)
