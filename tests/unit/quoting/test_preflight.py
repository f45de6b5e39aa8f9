import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from counterfoil.core.preflight import (
    AccountFacts,
    BooksFacts,
    Fix,
    LedgerFacts,
    LineFacts,
    OrderFacts,
    ProductFacts,
    TaxCodeFacts,
    preflight,
    stopping,
)

D = Decimal
ON = dt.date(2026, 11, 20)
LEDGER = LedgerFacts(id=3, name="Ridgeway")
PRODUCT = ProductFacts(id=8, code="BOLT", name="Bolt")
LINE = LineFacts(
    id=5,
    place=1,
    description="Bolt",
    product=PRODUCT,
    unit_price=D(10),
    amount=D(10),
    analysis="200",
    account=AccountFacts(code="200"),
    tax_type="OUTPUT2",
    tax=TaxCodeFacts(tax_type="OUTPUT2"),
)
ORDER = OrderFacts(
    quote_id=1,
    ledger=LEDGER,
    lines=[LINE],
    currency="GBP",
    home_currency="GBP",
    currencies=frozenset({"GBP", "EUR"}),
    rate=D(1),
    date=ON,
    due_date=ON,
    total=D(12),
    home_total=D(12),
    books=BooksFacts(is_connected=True),
)


def ledger(**given):
    return replace(ORDER, ledger=replace(LEDGER, **given))


def line(**given):
    return replace(ORDER, lines=[replace(LINE, **given)])


def account(**given):
    return line(account=replace(LINE.account, **given))


def product(**given):
    return line(product=replace(PRODUCT, **given))


def order(**given):
    return replace(ORDER, **given)


def failed(facts):
    return [check for check in preflight(facts) if not check.ok]


@pytest.mark.rule("PU-6")
def test_an_order_with_nothing_against_it_passes_every_check():
    checks = preflight(ORDER)
    assert failed(ORDER) == []
    assert {check.key for check in checks} == {
        "ledger",
        "stop",
        "address",
        "reference",
        "currency",
        "rate",
        "lock_date",
        "total",
        "connection",
        "product",
        "description",
        "account",
        "tax",
        "figures",
        "price",
    }


ON_LINE, ON_PRODUCT, ON_CUSTOMER, ON_QUOTE = (
    Fix("line", 5),
    Fix("product", 8),
    Fix("customer", 3),
    Fix("quote", 1),
)


@pytest.mark.rule("PU-6")
@pytest.mark.parametrize(
    ("facts", "key", "words", "fix"),
    [
        pytest.param(order(ledger=None), "ledger", "No customer is chosen", ON_QUOTE, id="no customer"),
        pytest.param(
            ledger(has_company=False), "ledger", "belongs to no company yet", ON_CUSTOMER, id="no company"
        ),
        pytest.param(
            ledger(name="x" * 256), "ledger_name", "has 256 characters", ON_CUSTOMER, id="long name"
        ),
        pytest.param(
            ledger(on_stop=True, stop_reason="unpaid"), "stop", "on stop: unpaid.", ON_CUSTOMER, id="on stop"
        ),
        pytest.param(
            ledger(on_stop=True, is_archived=True), "stop", "is archived in Xero", ON_CUSTOMER, id="archived"
        ),
        pytest.param(ledger(gdpr_request=True), "stop", "personal data", ON_CUSTOMER, id="removal requested"),
        pytest.param(
            ledger(requires_reference=True),
            "reference",
            "reference is required",
            ON_QUOTE,
            id="reference of customer",
        ),
        pytest.param(
            order(require_reference=True, reference=" "),
            "reference",
            "is required",
            ON_QUOTE,
            id="reference always",
        ),
        pytest.param(
            order(reference="x" * 256), "reference", "has 256 characters", ON_QUOTE, id="long reference"
        ),
        pytest.param(
            replace(ledger(has_address=False), require_address=True),
            "address",
            "no postal",
            ON_CUSTOMER,
            id="address",
        ),
        pytest.param(
            order(currency="USD"),
            "currency",
            "USD is not enabled",
            Fix("currency", "USD"),
            id="currency not enabled",
        ),
        pytest.param(
            order(currency="EUR", rate=None, rate_problem="No rate for EUR."),
            "rate",
            "No rate for EUR.",
            Fix("currency", "EUR"),
            id="no rate",
        ),
        pytest.param(
            order(rate=D(0)), "rate", "no exchange rate", Fix("currency", "GBP"), id="rate of nought"
        ),
        pytest.param(
            order(books=BooksFacts(is_connected=True, lock_date=ON)),
            "lock_date",
            "locked up to",
            ON_QUOTE,
            id="lock",
        ),
        pytest.param(
            order(books=BooksFacts(is_connected=True, lock_date=dt.date(2020, 1, 1), year_end_lock_date=ON)),
            "lock_date",
            "20 November 2026",
            ON_QUOTE,
            id="year end lock",
        ),
        pytest.param(order(due_date=None), "due_date", "no due date", ON_QUOTE, id="no due date"),
        pytest.param(
            order(due_date=dt.date(2026, 11, 19)), "due_date", "before its own date", ON_QUOTE, id="due early"
        ),
        pytest.param(order(lines=[]), "lines", "nothing to invoice", ON_QUOTE, id="no line"),
        pytest.param(line(is_text=True), "lines", "nothing to invoice", ON_QUOTE, id="only text"),
        pytest.param(line(is_delivery=True), "lines", "nothing to invoice", ON_QUOTE, id="only delivery"),
        pytest.param(order(total=D("-0.01")), "total", "credit note instead", ON_QUOTE, id="negative total"),
        pytest.param(
            product(is_withdrawn=True), "product", "no longer exists", ON_LINE, id="withdrawn product"
        ),
        pytest.param(
            product(in_books=False, code="x" * 31), "product", "has 31 characters", ON_PRODUCT, id="long code"
        ),
        pytest.param(
            product(in_books=False, name="x" * 51),
            "product",
            "has 51 characters",
            ON_PRODUCT,
            id="long item name",
        ),
        pytest.param(product(in_books=False, name=""), "product", "is empty", ON_PRODUCT, id="no item name"),
        pytest.param(line(description=" "), "description", "no description", ON_LINE, id="no description"),
        pytest.param(
            line(description="x" * 4001),
            "description",
            "has 4,001 characters",
            ON_LINE,
            id="long description",
        ),
        pytest.param(
            line(analysis="", account=None), "account", "no analysis code", ON_LINE, id="no account"
        ),
        pytest.param(line(account=None), "account", "200 does not exist", ON_LINE, id="unknown account"),
        pytest.param(account(is_active=False), "account", "is archived", ON_LINE, id="archived account"),
        pytest.param(account(account_type="BANK"), "account", "is a bank", ON_LINE, id="bank account"),
        pytest.param(account(system_account="DEBTORS"), "account", "debtors", ON_LINE, id="debtors"),
        pytest.param(account(system_account="CREDITORS"), "account", "creditors", ON_LINE, id="creditors"),
        pytest.param(line(tax_type="", tax=None), "tax", "no tax code", ON_LINE, id="no tax code"),
        pytest.param(line(tax=None), "tax", "OUTPUT2 is not active", ON_LINE, id="unknown tax code"),
        pytest.param(
            line(tax=TaxCodeFacts(tax_type="OUTPUT2", is_active=False)),
            "tax",
            "not active",
            ON_LINE,
            id="inactive tax",
        ),
        pytest.param(
            account(account_class="EXPENSE"),
            "tax",
            "cannot be used with account 200",
            ON_LINE,
            id="tax of other class",
        ),
        pytest.param(line(unit_price=D("0.00015")), "figures", "4 decimals", ON_LINE, id="fine price"),
        pytest.param(line(quantity=D("0.00001")), "figures", "4 decimals", ON_LINE, id="fine quantity"),
        pytest.param(line(quantity=D(10) ** 8), "figures", "below 100,000,000", ON_LINE, id="large quantity"),
        pytest.param(line(amount=D("10000000000.00")), "figures", "at most", ON_LINE, id="large amount"),
    ],
)
def test_what_stops_an_order_comes_with_words_and_the_place_to_fix_it(facts, key, words, fix):
    found = stopping(preflight(facts))
    assert [(check.key, check.fix) for check in found] == [(key, fix)]
    assert words in found[0].sentence


@pytest.mark.rule("PU-6")
@pytest.mark.parametrize(
    "facts",
    [
        ledger(name="x" * 255),
        order(reference="x" * 255),
        product(in_books=False, code="x" * 30, name="x" * 50),
        product(in_books=True, code="x" * 31, name="x" * 51),
        line(description="x" * 4000),
        line(quantity=D("99999999.9999")),
        line(amount=D("9999999999.99")),
        order(total=D(0)),
        order(books=BooksFacts(is_connected=True, lock_date=dt.date(2026, 11, 19))),
        replace(line(tax_type="", tax=None), line_amount_types="NoTax"),
        line(
            account=AccountFacts(code="200", account_class="ASSET"),
            tax=TaxCodeFacts(tax_type="OUTPUT2", uses=frozenset({"assets"})),
        ),
    ],
)
def test_what_just_fits_passes(facts):
    assert stopping(preflight(facts)) == []


@pytest.mark.rule("PU-6")
@pytest.mark.parametrize(
    ("rule", "limit", "stops", "warns"),
    [
        ("block", D(130), False, False),
        ("block", D("129.99"), True, False),
        ("warn", D("129.99"), False, True),
        ("none", D(1), False, False),
        ("block", None, False, False),
    ],
)
def test_the_credit_limit_counts_what_is_owed_and_what_is_ordered(rule, limit, stops, warns):
    facts = ledger(credit_rule=rule, credit_limit=limit, owed=D(100), ordered=D(18))
    levels = [check.level for check in failed(facts) if check.key == "credit"]
    assert ("stop" in levels, "warn" in levels) == (stops, warns)


@pytest.mark.rule("PU-6", "PU-1")
def test_without_a_connection_the_order_may_go_and_waits():
    facts = order(books=BooksFacts())
    assert stopping(preflight(facts)) == []
    assert [(check.key, check.level) for check in failed(facts)] == [("connection", "note")]


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        (ledger(has_address=False), "address"),
        (product(is_obsolete=True), "product"),
        (line(unit_price=D(0)), "price"),
    ],
)
def test_what_may_be_wrong_warns_and_does_not_stop(facts, key):
    assert [(check.key, check.level) for check in failed(facts)] == [(key, "warn")]


def test_each_line_with_a_failure_is_named():
    facts = order(
        lines=[LINE, replace(LINE, id=6, place=2, analysis="", account=None), replace(LINE, place=3)]
    )
    assert [check.sentence for check in stopping(preflight(facts))] == [
        "Line 2: It has no analysis code. Choose one."
    ]
    delivery = order(lines=[LINE, replace(LINE, id=None, is_delivery=True, account=None)])
    (check,) = stopping(preflight(delivery))
    assert check.sentence.startswith("Delivery: ")
    assert check.fix == Fix("delivery")
