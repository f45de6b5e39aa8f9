"""Makes `quote.docx`, the built-in Word template, so that changes to it can be read and reviewed.

Run `python -m counterfoil.crm.documents.built_in.quote_docx` after a change here, and commit both.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT: Final = "Calibri"
INK, QUIET = RGBColor(0x1C, 0x20, 0x24), RGBColor(0x65, 0x6D, 0x76)
WASH, HAIR = "F5F6F7", "D9DDE1"
LEFT, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
#          number, code, description, quantity, unit price, discount, amount
WIDTHS: Final = (8, 24, 63, 20, 21, 17, 27)


def template_made() -> bytes:
    document = docx.Document()
    _page(document)
    _letterhead(document)
    _addresses(document)
    _heading(document)
    _lines(document)
    _totals(document)
    _closing(document)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


# ------------------------------------------------------------------ parts of the page


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin, section.bottom_margin = Mm(15), Mm(19)
    section.footer_distance = Mm(9)
    style = document.styles["Normal"]
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(10), INK
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    document.core_properties.title = "Quote {{ number }}"
    document.core_properties.author = "{{ company.name }}"
    document.core_properties.comments = ""
    style.paragraph_format.line_spacing = 1.0
    _footer(section.footer.paragraphs[0])


def _footer(paragraph: Any) -> None:
    # Word's own style for footers has tabs in the middle of the line.
    paragraph.style = "Normal"
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(180), WD_TAB_ALIGNMENT.RIGHT)
    registered = (
        "{{ company.name }}{% if company.registration %} · {{ company.registration }}{% endif %}"
        "{% if company.vat_number %} · VAT {{ company.vat_number }}{% endif %}\tPage "
    )
    _run(paragraph, registered, size=7.5, colour=QUIET)
    _field(paragraph, "PAGE")
    _run(paragraph, " of ", size=7.5, colour=QUIET)
    _field(paragraph, "NUMPAGES")


def _letterhead(document: Any) -> None:
    table = _table(document, (100, 80))
    left, right = table.rows[0].cells
    _run(left.paragraphs[0], "{{ company.name }}", size=15, bold=True)
    _write(right, "{{ company.address }}", size=8.5, colour=QUIET, align=RIGHT)
    for name in ("phone", "email", "website"):
        _when(right, f"company.{name}", f"{{{{ company.{name} }}}}", size=8.5, colour=QUIET, align=RIGHT)
    _gap(document, 12)


def _addresses(document: Any) -> None:
    table = _table(document, (108, 72))
    left, right = table.rows[0].cells
    _write(left, "Prepared for", size=8, colour=QUIET)
    _write(left, "{{ customer.name }}", size=10.5, bold=True)
    _when(left, "customer.address", "{{ customer.address }}")
    _when(left, "customer.vat_number", "VAT {{ customer.vat_number }}", size=8.5, colour=QUIET)
    _when(left, "contact.name", "For the attention of {{ contact.name }}", before=4)
    facts = (
        ("Date", "date"),
        ("Valid until", "valid_until"),
        ("Your reference", "reference"),
        ("Your contact", "owner.name"),
        ("", "owner.email"),
    )
    for name, field in facts:
        paragraph = _when(right, field, "", before=1.5)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(27))
        _run(paragraph, f"{name}\t", colour=QUIET)
        _run(paragraph, f"{{{{ {field} }}}}")
    _gap(document, 12)


def _heading(document: Any) -> None:
    paragraph = document.add_paragraph()
    _run(paragraph, "Quote {{ number }}", size=20, bold=True)
    _run(paragraph, "{% if version != '1' %}   Version {{ version }}{% endif %}", colour=QUIET)
    _when(document, "title", "{{ title }}", size=11, colour=QUIET)
    _gap(document, 8)


def _lines(document: Any) -> None:
    table = _table(document, WIDTHS, rows=0)
    _head_row(table)
    _tag_row(table, "for group in groups")
    _tag_row(table, "if group.heading")
    _group_row(table)
    _tag_row(table, "endif")
    _tag_row(table, "for line in group.lines")
    _tag_row(table, "if line.is_text")
    _text_row(table)
    _tag_row(table, "else")
    _line_row(table)
    _tag_row(table, "endif")
    _tag_row(table, "endfor")
    _tag_row(table, "if group.heading")
    _subtotal_row(table)
    _tag_row(table, "endif")
    _tag_row(table, "endfor")
    _gap(document, 4)


def _head_row(table: Any) -> None:
    row = table.add_row()
    repeated = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  # python-docx offers no other way
    titles = ("", "Code", "Description", "Quantity", "Unit price", "Discount", "Amount {{ currency }}")
    for place, (cell, words) in enumerate(zip(row.cells, titles, strict=True)):
        _write(cell, words, size=8, colour=QUIET, align=RIGHT if place > 2 else LEFT)
        _border(cell, "1C2024", 8)


def _group_row(table: Any) -> None:
    cell = _merged(table.add_row(), 0, 6)
    _write(cell, "{{ group.heading }}", bold=True, before=2, after=2)
    _shade(cell, WASH)
    cell.paragraphs[0].paragraph_format.keep_with_next = True


def _text_row(table: Any) -> None:
    cell = _merged(table.add_row(), 2, 6)
    _write(cell, "{{ line.description }}", colour=QUIET, before=2, after=2)


def _line_row(table: Any) -> None:
    row = table.add_row()
    whole = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(whole)  # noqa: SLF001  # as above
    cells = row.cells
    _write(cells[0], "{{ line.number }}", size=8.5, colour=QUIET, before=2)
    _write(cells[1], "{{ line.code }}", size=8.5, colour=QUIET, before=2)
    _write(
        cells[2], "{{ line.description }}{% if line.is_optional %} (optional){% endif %}", bold=True, before=2
    )
    _when(cells[2], "line.extended_description", "{{ line.extended_description }}", size=8.5, colour=QUIET)
    figures = (
        "{{ line.quantity }}{% if line.unit %} {{ line.unit }}{% endif %}",
        "{{ line.unit_price }}",
        "{{ line.discount }}",
        "{% if line.is_optional %}({{ line.amount }}){% else %}{{ line.amount }}{% endif %}",
    )
    for cell, words in zip(cells[3:], figures, strict=True):
        _write(cell, words, align=RIGHT, before=2, after=2)
    for cell in cells:
        _border(cell, HAIR, 4)


def _subtotal_row(table: Any) -> None:
    row = table.add_row()
    _write(
        _merged(row, 0, 5),
        "Subtotal {{ group.heading }}",
        size=8.5,
        colour=QUIET,
        align=RIGHT,
        before=2,
        after=8,
    )
    _write(row.cells[6], "{{ group.subtotal }}", bold=True, align=RIGHT, before=2, after=8)


def _totals(document: Any) -> None:
    table = _table(document, (78, 66, 36), rows=0)
    with_delivery = ("{{ delivery.description }}", "{{ delivery.amount }}")
    _total_row(table, *with_delivery, condition="delivery.amount")
    _total_row(table, "Net", "{{ net }}", condition="has_taxes")
    _tag_row(table, "for tax in taxes")
    _total_row(table, "{{ tax.name }} on {{ tax.net }}", "{{ tax.tax }}")
    _tag_row(table, "endfor")
    row = _total_row(table, "Total", "{{ total }}", size=13, bold=True)
    for cell in row.cells[1:]:
        _shade(cell, WASH)
    _total_row(table, "Optional items, not included", "{{ optional }}", condition="optional", size=8.5)


def _total_row(table: Any, words: str, value: str, *, condition: str = "", **look: Any) -> Any:
    if condition:
        _tag_row(table, f"if {condition}")
    row = table.add_row()
    _write(
        row.cells[1], words, before=2, after=2, **({"colour": QUIET} | look if not look.get("bold") else look)
    )
    _write(row.cells[2], value, align=RIGHT, before=2, after=2, **look)
    if condition:
        _tag_row(table, "endif")
    return row


def _closing(document: Any) -> None:
    for title, fields in (("Notes", ("notes",)), ("Terms", ("prices", "payment", "terms"))):
        _tag(document, f"if {' or '.join(fields)}")
        heading = document.add_paragraph()
        heading.paragraph_format.space_before = Pt(12)
        heading.paragraph_format.keep_with_next = True
        _run(heading, title, size=8, colour=QUIET)
        for field in fields:
            _when(document, field, f"{{{{ {field} }}}}", size=9)
        _tag(document, "endif")


# ------------------------------------------------------------------ small pieces of Word


def _table(document: Any, widths_mm: tuple[int, ...], *, rows: int = 1) -> Any:
    table = document.add_table(rows=rows, cols=len(widths_mm))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def _write(
    cell: Any,
    words: str,
    *,
    size: float = 10,
    bold: bool = False,
    colour: RGBColor = INK,
    align: Any = LEFT,
    before: float = 0,
    after: float = 0,
) -> Any:
    """A paragraph; in a cell whose first one is still empty, that one."""
    first = cell.paragraphs[0] if hasattr(cell, "merge") and not cell.paragraphs[0].text else None
    paragraph = first if first is not None and len(cell.paragraphs) == 1 else cell.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    if words:
        _run(paragraph, words, size=size, bold=bold, colour=colour)
    return paragraph


def _when(place: Any, condition: str, words: str, **look: Any) -> Any:
    """A paragraph that is there only when `condition` holds."""
    _tag(place, f"if {condition}")
    paragraph = place.add_paragraph()
    paragraph.alignment = look.pop("align", LEFT)
    paragraph.paragraph_format.space_before = Pt(look.pop("before", 0))
    if words:
        _run(paragraph, words, **look)
    _tag(place, "endif")
    return paragraph


def _tag(place: Any, statement: str) -> None:
    place.add_paragraph(f"{{%p {statement} %}}")


def _tag_row(table: Any, statement: str) -> None:
    table.add_row().cells[0].paragraphs[0].add_run(f"{{%tr {statement} %}}")


def _run(paragraph: Any, words: str, *, size: float = 10, bold: bool = False, colour: RGBColor = INK) -> None:
    run = paragraph.add_run(words)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour


def _field(paragraph: Any, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = paragraph.add_run("1")
    run.font.size, run.font.color.rgb = Pt(7.5), QUIET
    field.append(run._r)  # noqa: SLF001  # as above
    paragraph._p.append(field)  # noqa: SLF001  # as above


def _merged(row: Any, first: int, last: int) -> Any:
    return row.cells[first].merge(row.cells[last])


def _shade(cell: Any, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001  # as above


def _border(cell: Any, colour: str, eighths: int) -> None:
    borders, bottom = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("color", colour)):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    cell._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001  # as above


def _gap(document: Any, points: float) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(points)
    paragraph.paragraph_format.line_spacing = Pt(1)


if __name__ == "__main__":
    Path(__file__).with_name("quote.docx").write_bytes(template_made())
