"""Lists as files for spreadsheets: CSV as it is read, XLSX through a file on disk, so that length costs no memory."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from django.http import HttpResponseBase, StreamingHttpResponse
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from counterfoil.web.days import today_of
from counterfoil.web.lists.screen import Column, Screen
from counterfoil.web.requests import CompanyRequest

# By the ending of the file's name.
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
PIECE = 64 * 1024
# Excel's own limits ("Excel specifications and limits"): rows of a sheet, characters of a cell, digits of a number.
ROWS_OF_A_SHEET = 1_048_576
TEXT_AT_MOST = 32_767
DIGITS_AT_MOST = 15
# Before this day Excel's calendar is wrong: it takes 1900 for a leap year.
FIRST_DAY = dt.date(1900, 3, 1)


def export_answer(
    kind: str, screen: Screen, rows: Iterator[Any], request: CompanyRequest
) -> HttpResponseBase:
    """Rows as a download, with every column there is. `kind` is one of FORMATS."""
    name = f"{request.company.slug}-{screen.name}-{today_of(request.company):%Y-%m-%d}.{kind}"
    table = ([column.text(row, request.company) for column in screen.columns] for row in rows)
    if kind == "xlsx":
        pieces: Iterator[Any] = xlsx_pieces(screen.title, screen.columns, table)
    else:
        pieces = csv_lines(screen.columns, table)
    return StreamingHttpResponse(
        pieces,
        content_type=FORMATS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Echo:
    """A file for the csv module that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[Column], table: Iterator[list[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff" + writer.writerow([column.label for column in columns])
    for row in table:
        yield writer.writerow([csv_safe(value) for value in row])


def csv_safe(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


def xlsx_pieces(title: str, columns: Sequence[Column], table: Iterator[list[object]]) -> Iterator[bytes]:
    """A workbook, put together in a temporary file: its directory comes last, and names the size of each part."""
    with tempfile.TemporaryFile() as file:
        xlsx_write(file, title, columns, table)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def xlsx_write(file: IO[bytes], title: str, columns: Sequence[Column], table: Iterator[list[object]]) -> None:
    """Write a workbook with only one row at a time in memory.

    Texts are written as texts whatever they look like: none becomes a formula, a link or a number.
    """
    # "constant_memory" keeps each sheet in a file on disk, written row by row.
    with Workbook(file, {"constant_memory": True}) as book:
        formats = [book.add_format({"num_format": column.digits}) for column in columns]
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        head = book.add_format({"bold": True, "bottom": 1})
        sheet, place = _sheet(book, title, columns, head), 1
        for row in table:
            if place == ROWS_OF_A_SHEET:
                sheet, place = _sheet(book, title, columns, head), 1
            for number, value in enumerate(row):
                _cell(sheet, place, number, value, formats[number], day)
            place += 1


def _sheet(book: Workbook, title: str, columns: Sequence[Column], head: Any) -> Worksheet:
    """The next sheet, its headings frozen."""
    number = len(book.worksheets()) + 1
    sheet: Worksheet = book.add_worksheet(title[:25] if number == 1 else f"{title[:25]} {number}")
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _width(column))
        sheet.write_string(0, place, column.label, head)
    return sheet


def _width(column: Column) -> int:
    if column.numeric:
        return 14
    return 34 if column.place in ("title", "name") else 18


def _cell(sheet: Worksheet, row: int, place: int, value: object, number: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal) and _is_exact(value):
        sheet.write_number(row, place, value, number)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= FIRST_DAY:
        sheet.write_datetime(row, place, value, day)
    else:
        sheet.write_string(row, place, str(value)[:TEXT_AT_MOST])


def _is_exact(value: Decimal) -> bool:
    """Whether a spreadsheet, which counts in doubles, shows this number to the last digit."""
    if not value.is_finite():
        return False
    digits = value.as_tuple().digits
    return len(digits) <= DIGITS_AT_MOST or len(value.normalize().as_tuple().digits) <= DIGITS_AT_MOST
