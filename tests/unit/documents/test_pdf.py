import io
from dataclasses import replace

import pypdf
import pytest

from counterfoil.crm.documents.quote_document import DocumentGroup, DocumentLine
from counterfoil.crm.documents.rendering import quote_pdf, quote_pictures
from counterfoil.crm.documents.sample import sample_bare, sample_full
from tests.unit.documents.test_word_documents import NASTY, with_line


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


@pytest.mark.rule("RP-2")
def test_a_pdf_shows_lines_groups_and_totals_on_one_page_of_a4():
    document = sample_full()
    pdf = quote_pdf(document)
    words = words_of(pdf)
    for line in document.lines:
        assert line.description in words
        assert line.amount in words
    for value in ("£8,649.15", "£1,392.40", "£10,066.05", "£2,003.13", "£12,069.18", "Q-1042", "PO 88-1207"):
        assert value in words
    [page] = read(pdf).pages
    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]


def test_every_font_is_in_the_file():
    [page] = read(quote_pdf(sample_full())).pages
    names = [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]
    assert {name.partition("+")[2].partition("-")[0] for name in names} == {"Inter"}


def test_a_quote_with_nothing_in_it_is_a_page_too():
    words = words_of(quote_pdf(sample_bare()))
    assert "Quote Q-1" in words
    assert "Subtotal" not in words


def test_many_lines_go_over_pages_with_the_heading_repeated():
    lines = tuple(DocumentLine(number=str(n), description=f"Item {n}", amount="1.00") for n in range(1, 201))
    pdf = quote_pdf(replace(sample_full(), groups=(DocumentGroup(lines=lines),), lines=lines))
    pages = [page.extract_text() for page in read(pdf).pages]
    assert len(pages) > 3
    assert all("Unit price" in page for page in pages[:-1])
    assert f"Page 2 of {len(pages)}" in pages[1]
    assert "Item 200" in words_of(pdf)


@pytest.mark.parametrize("words", NASTY, ids=lambda words: words[:12])
def test_words_are_set_as_they_are(words):
    found = words_of(quote_pdf(with_line(words)))
    if words.isascii() and len(words) < 1000:
        # Long words may be broken anywhere, so spaces do not count.
        assert "".join(words.split()) in "".join(found.replace("\u200b", "").split())
    else:
        assert "Total" in found


def test_pictures_show_the_same_pages():
    pictures = quote_pictures(sample_full())
    assert [picture[:4] for picture in pictures] == [b"\x89PNG"]
