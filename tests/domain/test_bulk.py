import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.finance.models import Currency, HandRate
from counterfoil.crm.products.models import ProductItem
from counterfoil.database import bulk
from tests.builders import AT, operating_company

D = Decimal
COLUMNS = ("operating_company_id", "code", "selling_price", "created_at", "updated_at")
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return operating_company()


def insert(company, **prices):
    rows = [(company.pk, code, price, AT, AT) for code, price in prices.items()]
    return bulk.insert(ProductItem, COLUMNS, rows)


def prices():
    return dict(ProductItem.objects.values_list("code", "selling_price"))


def test_rows_are_read_back_as_they_were_written(company):
    assert insert(company, a=D("19.95"), b=None, c=D("-0.0001"), d=D("99999999999999.9999")) == 4
    assert prices() == {"a": D("19.95"), "b": None, "c": D("-0.0001"), "d": D("99999999999999.9999")}
    assert ProductItem.objects.get(code="a").created_at == AT


def test_what_is_not_given_takes_the_models_default(company):
    insert(company, a=None)
    made = ProductItem.objects.get()
    assert (made.is_sellable, made.is_obsolete, made.barcode, made.external_id) == (True, False, "", None)


def test_dates_rates_and_documents_of_json_are_stored_too(company):
    on = dt.date(1969, 12, 31)
    columns = ("operating_company_id", "currency", "on", "per_home")
    bulk.insert(HandRate, columns, [(company.pk, "EUR", on, D("1.1234567891"))])
    assert HandRate.objects.values_list("on", "per_home").get() == (on, D("1.1234567891"))
    detail = {"before": [1, None], "text": "a\tb\\N\n"}
    columns = ("operating_company_id", "at", "action", "summary", "detail")
    bulk.insert(AuditEntry, columns, [(company.pk, AT, "test", "a\tb\\N\r\n\U0001f600", detail)])
    assert AuditEntry.objects.values_list("at", "summary", "detail").get() == (
        AT,
        "a\tb\\N\r\n\U0001f600",
        detail,
    )


def test_reserved_keys_are_fresh_even_after_rows_were_deleted(company):
    insert(company, a=None, b=None)
    used = set(ProductItem.objects.values_list("pk", flat=True))
    ProductItem.objects.all().delete()
    keys = bulk.reserve_ids(ProductItem, 3)
    assert len(set(keys) - used) == 3
    rows = [(key, company.pk, str(key), None, AT, AT) for key in keys]
    bulk.insert(ProductItem, ("id", *COLUMNS), rows)
    later = ProductItem.objects.create(operating_company=company, code="orm", created_at=AT, updated_at=AT)
    assert later.pk not in keys


def test_update_changes_the_named_columns_of_the_named_rows(company):
    insert(company, a=D(1), b=D(2))
    keys = dict(ProductItem.objects.values_list("code", "pk"))
    assert bulk.update(ProductItem, "id", ("selling_price", "is_stocked"), [(keys["b"], None, True)]) == 1
    assert prices() == {"a": D(1), "b": None}
    assert ProductItem.objects.get(is_stocked=True).code == "b"


ANY_TEXT = "a\tb\\N\r\n \"quoted\" 'twice' %s {} \\u0041 \U0001f600\x7f"


def test_what_an_update_writes_is_read_back_as_it_was(company):
    """Texts of any signs, the longest amounts, days before 1970, times to the microsecond, documents of JSON."""
    insert(company, a=None)
    at = dt.datetime(2026, 3, 29, 1, 30, 0, 123457, tzinfo=dt.timezone(dt.timedelta(hours=13)))
    wanted = (ANY_TEXT, D("-99999999999999.9999"), at, None, True)
    columns = ("description", "selling_price", "created_at", "external_id", "is_stocked")
    bulk.update(ProductItem, "code", columns, [("a", *wanted)])
    assert ProductItem.objects.values_list(*columns).get() == wanted

    entry = AuditEntry.objects.create(operating_company=company, at=AT, action="test", summary="", detail={})
    detail = {"before": [1, None, "2.50"], "text": ANY_TEXT}
    bulk.update(AuditEntry, "id", ("summary", "detail"), [(entry.pk, ANY_TEXT, detail)])
    assert AuditEntry.objects.values_list("summary", "detail").get() == (ANY_TEXT, detail)

    rate = (company.pk, "EUR", dt.date(1969, 12, 31), D("1.1234567891"))
    names = ("operating_company_id", "currency", "on", "per_home")
    bulk.insert_new(HandRate, names, [rate])
    assert HandRate.objects.values_list(*names).get() == rate


@pytest.mark.parametrize(("column", "value"), [("selling_price", D("1e20")), ("description", None)])
def test_an_update_that_cannot_be_stored_is_refused(company, column, value):
    insert(company, a=D(1))
    with pytest.raises((DatabaseError, OverflowError)), transaction.atomic():
        bulk.update(ProductItem, "code", (column,), [("a", value)])
    assert prices() == {"a": D(1)}


@pytest.mark.rule("SY-4")
def test_update_changed_leaves_rows_alone_that_hold_their_values(company):
    insert(company, a=D("1.5"), b=D(2), c=None)
    keys = dict(ProductItem.objects.values_list("code", "pk"))
    columns = ("code", "selling_price", "updated_at", "is_sellable")
    wanted = [("a", D("1.5")), ("b", D("2.0001")), ("c", None)]
    rows = [(keys[code], code, price, AT, True) for code, price in wanted]
    assert bulk.update_changed(ProductItem, columns, rows) == 1
    assert prices() == {"a": D("1.5"), "b": D("2.0001"), "c": None}
    assert bulk.update_changed(ProductItem, columns, rows) == 0
    later = [(*row[:3], AT + dt.timedelta(seconds=1), True) for row in rows[:1]]
    assert bulk.update_changed(ProductItem, columns, later) == 1


def test_upsert_inserts_or_overwrites(company):
    columns = ("operating_company_id", "code", "name")
    bulk.upsert(Currency, columns[:2], columns, [(company.pk, "EUR", "Euro")])
    bulk.upsert(Currency, columns[:2], columns, [(company.pk, "EUR", "Euros"), (company.pk, "USD", "Dollar")])
    assert dict(Currency.objects.values_list("code", "name")) == {"EUR": "Euros", "USD": "Dollar"}


def test_select_finds_any_number_within_its_scope(company):
    other = operating_company("Other")
    insert(company, **{f"p{n}": D(n) for n in range(3000)})
    insert(other, p1=None)
    codes = [f"p{n}" for n in range(0, 3000, 2)]
    found = bulk.select(ProductItem, ("code",), "code", [*codes, "unknown"], operating_company_id=company.pk)
    assert sorted(found) == sorted((code,) for code in codes)
    assert bulk.select(ProductItem, ("code",), "code", []) == []


def test_select_finds_texts_of_any_characters(company):
    codes = ['a"b', "a\\b", "a,b", "{a}", "NULL", "it's", 'a","b', "é 😀"]
    insert(company, **dict.fromkeys(codes), other=None)
    for some in (codes, codes[2:5], codes[:1]):
        found = bulk.select(ProductItem, ("code",), "code", some, operating_company_id=company.pk)
        assert sorted(code for (code,) in found) == sorted(some)


def test_more_rows_than_one_statement_takes_are_all_written(company):
    count = 3 * bulk.AT_ONCE + 7
    insert(company, **{f"c{number}": D(number) for number in range(count)})
    assert prices() == {f"c{number}": D(number) for number in range(count)}


def test_delete_removes_the_named_rows(company):
    insert(company, a=None, b=None)
    bulk.delete(ProductItem, "code", ["a", "unknown"])
    bulk.delete(ProductItem, "code", [])
    assert prices() == {"b": None}


def test_constraints_of_the_database_still_hold(company):
    insert(company, a=D(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(company, a=D(2))
    assert prices() == {"a": D(1)}


def test_an_amount_beyond_the_column_is_refused_and_never_cut(company):
    with pytest.raises((OverflowError, DatabaseError)), transaction.atomic():
        insert(company, a=D("1e15"))
    assert prices() == {}


def test_nothing_to_do_asks_the_database_nothing(company, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert bulk.insert(ProductItem, COLUMNS, []) == 0
        assert bulk.update(ProductItem, "id", ("code",), []) == 0
        assert bulk.update_changed(ProductItem, ("code",), []) == 0
        assert bulk.upsert(ProductItem, ("id",), COLUMNS, []) == 0
        assert bulk.reserve_ids(ProductItem, 0) == []
    assert connection.in_atomic_block
