"""Exchange rates keep every digit that Xero gives, and what is divided by them is right to the last one (C8)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.documents import invoice_values
from counterfoil.crm.reports.debts import debts
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.crm.sales.services import documents_apply
from tests.builders import AT, invoice, operating_company, sales_ledger

D = Decimal
pytestmark = pytest.mark.django_db

RATES = ["0.1234567891", "1.0000000001", "9.9999999999", "123456.7890123456", "0.0000012345", "1.2"]


def stored(company, rate):
    record = invoice(
        f"at {rate}", currency_code="EUR", currency_rate=rate, sub_total="100", total="120", amount_due="120"
    )
    with transaction.atomic():
        result = documents_apply(company, [invoice_values(record, home_currency="GBP")], at=AT)
    assert result.refused == {}
    return SalesOrderHeader.objects.get(rate=D(rate))


@pytest.mark.rule("TX-3", "IN-3")
@pytest.mark.failure("C8")
@pytest.mark.parametrize("rate", RATES)
def test_ten_decimals_are_stored_and_divided_by_without_loss(rate):
    company = operating_company()
    sales_ledger(company)
    header = stored(company, rate)
    assert str(header.rate.normalize()) == str(D(rate).normalize())
    for amount, at_home in ((D(100), header.home_net), (D(120), header.home_total)):
        assert at_home == (amount / D(rate)).quantize(D("0.0001"), ROUND_HALF_UP)


@pytest.mark.rule("CU-12")
@pytest.mark.failure("C8")
def test_a_report_over_many_rates_is_their_exact_sum():
    company = operating_company()
    ledger = sales_ledger(company)
    for rate in RATES:
        stored(company, rate)
    owed = sum((header.home_total for header in SalesOrderHeader.objects.all()), D(0))
    assert owed == sum(((D(120) / D(rate)).quantize(D("0.0001"), ROUND_HALF_UP) for rate in RATES), D(0))
    (debt,) = debts(company.pk, {"today": f"{AT.date()}"})
    # Each to the penny, as the books round it.
    assert debt.home == sum((round_penny(D(120) / D(rate)) for rate in RATES), D(0))
    assert debt.key == ledger.pk


def round_penny(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.0001"), ROUND_HALF_UP).quantize(D("0.01"), ROUND_HALF_UP)
