"""Lists as files: every row of the filter, every column, texts that stay texts."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from counterfoil.web.lists.exporting import xlsx_pieces
from counterfoil.web.lists.screen import Column
from tests import builders
from tests.web import world

NAMES = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheet_of(file) -> ET.Element:
    return ET.fromstring(zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml"))


def cells(sheet: ET.Element) -> dict[str, tuple[str, str]]:
    """Each cell by its place: what kind it is ("s" text, "n" number) and what stands in it."""
    found = {}
    for cell in sheet.iterfind(".//x:c", NAMES):
        text = cell.find("x:is/x:t", NAMES)
        value = cell.find("x:v", NAMES)
        found[cell.get("r")] = (
            ("n", f"{Decimal(value.text).normalize():f}") if text is None else ("s", text.text)
        )
        assert cell.find("x:f", NAMES) is None, "a formula"
    return found


def opened(answer) -> dict[str, tuple[str, str]]:
    return cells(sheet_of(io.BytesIO(b"".join(answer.streaming_content))))


def written(*values: object) -> dict[str, tuple[str, str]]:
    column = Column("value", "Value", None, lambda row, company: row)
    table = iter([[value] for value in values])
    return cells(sheet_of(io.BytesIO(b"".join(xlsx_pieces("Values", [column], table)))))


class TestWorkbook:
    def test_amounts_are_numbers_and_days_are_days(self, browser, company):
        world.document(world.customer(company), "INV-1", "1234.50", date=dt.date(2026, 1, 31))
        found = opened(browser.get("/invoices/export.xlsx"))
        heads = {value: place.rstrip("1") for place, (_, value) in found.items() if place.endswith("1")}
        assert found[f"{heads['Number']}2"] == ("s", "INV-1")
        assert found[f"{heads['Total']}2"] == ("n", "1234.5")
        assert found[f"{heads['Date']}2"] == ("n", "46053")  # days since 30 December 1899

    def test_headings_stay_in_view(self, browser, company):
        answer = browser.get("/customers/export.xlsx")
        pane = sheet_of(io.BytesIO(b"".join(answer.streaming_content))).find(".//x:pane", NAMES)
        assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "1")

    @pytest.mark.parametrize("text", ["=1+1", "+44 1", "-2", "@SUM(A1)", "{=A1}", "http://x.example", "007"])
    def test_a_text_stays_a_text(self, text):
        assert written(text)["A2"] == ("s", text)

    def test_a_number_that_a_spreadsheet_would_round_is_a_text(self):
        found = written(Decimal("99999999999.9999"), Decimal("123456789012.3456"), Decimal("-0.1000"))
        assert found["A2"] == ("n", "99999999999.9999")
        assert found["A3"] == ("s", "123456789012.3456")
        assert found["A4"] == ("n", "-0.1")

    def test_a_day_before_the_calendar_of_spreadsheets_is_a_text(self):
        assert written(dt.date(1, 1, 1))["A2"] == ("s", "0001-01-01")

    def test_a_text_is_cut_where_a_cell_ends(self):
        assert len(written("x" * 40_000)["A2"][1]) == 32_767

    def test_signs_that_no_file_can_hold_are_escaped(self):
        assert written("a\x01b")["A2"] == ("s", "a_x0001_b")

    def test_the_file_is_named_for_company_list_and_day(self, browser, company, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: world.TODAY)
        answer = browser.get("/people/export.xlsx")
        assert answer["Content-Disposition"] == 'attachment; filename="northwind-people-2026-11-20.xlsx"'
        assert b"".join(answer.streaming_content)[:2] == b"PK"


@pytest.mark.parametrize("address", world.LISTS)
def test_each_list_offers_both_files_with_its_filter(browser, company, address):
    page = browser.get(f"/{address}/", {"q": "alder"}).content.decode()
    for kind in ("csv", "xlsx"):
        assert f'href="export.{kind}?q=alder"' in page
        assert b"".join(browser.get(f"/{address}/export.{kind}", {"q": "alder"}).streaming_content)


def test_another_companys_rows_are_in_no_file(browser, company, other_company):
    world.customer(company, "Ours")
    world.customer(other_company, "Theirs")
    found = opened(browser.get("/customers/export.xlsx"))
    assert [value for place, (_, value) in found.items() if re.fullmatch(r"A\d+", place)] == [
        "Customer",
        "Ours",
    ]


def test_a_file_has_columns_that_are_not_shown(browser, company):
    builders.sales_ledger(company, "Alder", b2c="b2b", postcode="LS1 4AP")
    assert "LS1 4AP" not in browser.get("/customers/").content.decode()
    assert ("s", "LS1 4AP") in opened(browser.get("/customers/export.xlsx", {"columns": "name"})).values()
