"""Word templates from the settings to the file a rep downloads."""

import io

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from counterfoil.crm.documents import rendering
from counterfoil.crm.documents.models import Letterhead, QuoteTemplate
from tests.domain.quotes.stage import Shop
from tests.unit.documents.stage import word_file
from tests.web import world
from tests.web.quotes.reading import LIVE, words

PAGE = "/settings/quotes/templates/"


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """How long a busy machine keeps the child waiting proves nothing."""
    monkeypatch.setattr(rendering, "TIME_S", 120)


@pytest.fixture
def office(shop):
    """The Administrator's browser."""
    return world.browser_of(world.member(shop.company))


def upload(browser, content, name="Letter", **given):
    file = SimpleUploadedFile("letter.docx", content)
    return browser.post(f"{PAGE}upload", {"file": file, "name": name, **given}, follow=True)


def word_text(answer):
    return "\n".join(one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs)


@pytest.mark.rule("RP-2")
def test_an_uploaded_template_writes_the_quote(shop: Shop, office):
    assert "was checked on two sample quotes and kept" in words(
        upload(office, word_file("Offer {{ number }}"), is_default="1")
    )
    answer = office.get(f"/quotes/{shop.quote().pk}/quote.docx")
    assert word_text(answer) == "Offer Q-1001"


@pytest.mark.rule("RP-2")
def test_a_broken_template_is_refused_with_the_line_that_breaks(shop, office):
    answer = words(upload(office, word_file("Quote", "for {{ customer.nmae }}")))
    assert "letter.docx cannot be used, and nothing was kept." in answer
    assert "Line 2 of the text for {{ customer.nmae }}" in answer
    assert not QuoteTemplate.objects.exists()


def test_what_is_no_word_file_is_refused(office):
    assert "is no Word document" in words(upload(office, b"%PDF-1.7"))


def test_a_template_is_downloaded_as_it_was_uploaded_and_the_built_in_one_too(office):
    content = word_file("Offer {{ number }}")
    upload(office, content)
    assert office.get(f"{PAGE}{QuoteTemplate.objects.get().pk}.docx").content == content
    assert office.get(f"{PAGE}built-in.docx").content.startswith(b"PK")


def test_replacing_keeps_the_name_and_what_was_chosen(shop, office):
    upload(office, word_file("Offer {{ number }}"), is_default="1")
    upload(office, word_file("Our offer {{ number }}"))
    assert word_text(office.get(f"/quotes/{shop.quote().pk}/quote.docx")) == "Our offer Q-1001"


def test_one_quote_is_written_with_another_template_than_the_others(shop, pages, office):
    upload(office, word_file("Usual {{ number }}"), name="Usual", is_default="1")
    upload(office, word_file("Special {{ number }}"), name="Special")
    quote, key = shop.quote(), QuoteTemplate.objects.get(name="Special").pk
    assert "As usual: Usual Built-in Special" in words(pages.page(quote))
    assert pages.do(quote, "template", template=key).status_code == 204
    assert word_text(pages.client.get(f"/quotes/{quote.pk}/quote.docx")) == "Special Q-1001"
    pages.do(quote, "template", template="0")
    assert "Usual" not in word_text(pages.client.get(f"/quotes/{quote.pk}/quote.docx"))
    pages.do(quote, "template", template="")
    assert word_text(pages.client.get(f"/quotes/{quote.pk}/quote.docx")) == "Usual Q-1001"


def test_a_quote_whose_template_was_removed_goes_back_to_the_usual_one(shop, pages, office):
    upload(office, word_file("Usual {{ number }}"), name="Usual", is_default="1")
    upload(office, word_file("Special {{ number }}"), name="Special")
    quote, key = shop.quote(), QuoteTemplate.objects.get(name="Special").pk
    pages.do(quote, "template", template=key)
    assert "Special was removed" in words(office.post(f"{PAGE}{key}/remove", follow=True))
    assert word_text(pages.client.get(f"/quotes/{quote.pk}/quote.docx")) == "Usual Q-1001"


def test_the_built_in_template_becomes_the_usual_one_again(office):
    upload(office, word_file("Offer {{ number }}"), is_default="1")
    office.post(f"{PAGE}built-in/default")
    assert not QuoteTemplate.objects.filter(is_default=True).exists()


def test_the_letterhead_is_filled_in_and_a_wrong_address_is_told_with_the_form_kept(office):
    refused = words(office.post(f"{PAGE}letterhead", {"email": "nobody", "terms": "Net 30"}))
    assert "nobody is no e-mail address. Nothing was changed." in refused
    assert "Net 30" in refused
    office.post(f"{PAGE}letterhead", {"address": "1 Quay\nBristol", "terms": "Net 30"})
    kept = Letterhead.objects.get()
    assert (kept.address.split(), kept.terms) == (["1", "Quay", "Bristol"], "Net 30")


def test_templates_of_another_company_are_not_found(shop, pages, office, other_company):
    upload(world.browser_of(world.member(other_company, email="other@example.com")), word_file("Theirs"))
    key, quote = QuoteTemplate.objects.get().pk, shop.quote()
    assert "letter.docx" not in words(office.get(PAGE))
    assert office.get(f"{PAGE}{key}.docx").status_code == 404
    answer = pages.client.post(f"/quotes/{quote.pk}/template", {"template": key}, headers=LIVE)
    assert answer.status_code == 404
