"""The files tab: what one may bring, and how it leaves again."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from counterfoil.crm.customers import files, services
from counterfoil.crm.customers.models import CustomerFile
from tests.web import world
from tests.web.test_record_pages import words


@pytest.fixture
def ledger(company):
    return world.customer(company)


def said(answer) -> str:
    """What the page says of what was done, above its content."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())))


def bring(browser, ledger, *given):
    uploads = [SimpleUploadedFile(name, content) for name, content in given]
    return browser.post(f"/customers/{ledger.pk}/files", {"file": uploads}, follow=True)


def test_several_files_are_brought_at_once_and_listed_newest_first(browser, ledger):
    answer = bring(browser, ledger, ("Plan.pdf", b"%PDF"), ("Order.txt", b"ten chairs"))
    assert "2 files were added." in said(answer)
    page = words(answer)
    assert "Files 2" in page
    assert page.index("Order.txt") < page.index("Plan.pdf")
    assert "Only in the CRM" in page


def test_one_that_is_refused_does_not_keep_the_others_out(browser, ledger, monkeypatch):
    monkeypatch.setattr(files, "FILE_BYTES", 10)
    monkeypatch.setattr(services, "FILE_BYTES", 10)
    page = said(bring(browser, ledger, ("Large.pdf", b"x" * 11), ("Small.txt", b"ten chairs")))
    assert "Large.pdf is larger than" in page
    assert "Small.txt was added." in page
    assert [one.name for one in CustomerFile.objects.all()] == ["Small.txt"]


def test_nothing_chosen_is_said(browser, ledger):
    assert "Choose a file first." in said(browser.post(f"/customers/{ledger.pk}/files", follow=True))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.html", "application/octet-stream"),
        ("drawing.svg", "application/octet-stream"),
        ("script.js", "application/octet-stream"),
        ("no ending", "application/octet-stream"),
        ("Contract.PDF", "application/pdf"),
        ("photo.jpg", "image/jpeg"),
    ],
)
def test_a_file_is_saved_and_never_shown_as_a_page_of_ours(browser, ledger, name, kind):
    file = world.file(ledger, name, b"<script>alert(1)</script>")
    answer = browser.get(f"/customers/files/{file.pk}/")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("brought", "header"),
    [
        ('quote".pdf', 'attachment; filename="quote.pdf"'),
        ("../../März\r\nX: y.pdf", "attachment; filename*=utf-8''M%C3%A4rz%20X%20y.pdf"),
    ],
)
def test_a_name_cannot_start_another_header(browser, ledger, brought, header):
    file = files.file_add(
        ledger, name=brought, content=b"x", actor=world.person("jo@example.com"), at=world.AT
    )
    assert browser.get(f"/customers/files/{file.pk}/")["Content-Disposition"] == header


def test_a_name_is_text_on_the_page(browser, ledger):
    world.file(ledger, "<b>bold</b>.txt")
    page = browser.get(f"/customers/{ledger.pk}/", {"tab": "files"}).content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;.txt" in page


def test_deleting_says_what_stays(browser, ledger):
    file = world.file(ledger, "Old.pdf")
    page = said(browser.post(f"/customers/files/{file.pk}/delete", follow=True))
    assert "Old.pdf was deleted. The timeline keeps that it was here." in page
    assert "No files yet" in page
    timeline = words(browser.get(f"/customers/{ledger.pk}/"))
    assert "The file Old.pdf was deleted. Administrator" in timeline


def test_who_only_reads_is_offered_nothing_to_change(company, ledger):
    world.file(ledger, "Terms.pdf")
    reader = world.browser_of(world.member(company, "read_only"))
    page = reader.get(f"/customers/{ledger.pk}/", {"tab": "files"}).content.decode()
    assert "Terms.pdf" in page
    assert "multipart/form-data" not in page
    assert "/delete" not in page
