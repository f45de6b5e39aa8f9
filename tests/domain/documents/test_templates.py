import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.documents.errors import DocumentRefused, TemplateRefused
from counterfoil.crm.documents.models import QuoteTemplate
from counterfoil.crm.documents.selectors import (
    letterhead_of,
    template_default,
    template_of,
    templates_of,
)
from counterfoil.crm.documents.services import (
    letterhead_set,
    template_delete,
    template_set_default,
    template_upload,
)
from tests.builders import AT, operating_company
from tests.unit.documents.stage import word_file

GOOD = word_file("Quote {{ number }}")


def upload(shop, name="Letter", **given):
    values = {"name": name, "file_name": "letter.docx", "content": GOOD, "actor": shop.rep, "at": AT}
    return template_upload(shop.company, **(values | given))


@pytest.mark.rule("RP-2")
def test_an_uploaded_template_is_kept_with_who_and_when(shop):
    template = upload(shop)
    found = template_of(shop.company, template.pk)
    assert (bytes(found.content), found.uploaded_by, found.uploaded_at) == (GOOD, shop.rep, AT)
    entry = AuditEntry.objects.get(action="template.uploaded")
    assert (entry.actor, entry.summary) == (shop.rep, "The quote template Letter was uploaded.")


@pytest.mark.rule("RP-2")
def test_a_broken_template_is_refused_and_not_kept(shop):
    with pytest.raises(TemplateRefused) as refused:
        upload(shop, content=word_file("Quote", "{{ nummer }}"))
    assert [(problem.paragraph, problem.text) for problem in refused.value.problems] == [(2, "{{ nummer }}")]
    assert not QuoteTemplate.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="template").exists()


def test_a_template_of_the_same_name_is_replaced(shop):
    upload(shop)
    other = word_file("Offer {{ number }}")
    upload(shop, content=other, file_name="C:\\Users\\Rep\\offer.docx")
    [template] = templates_of(shop.company)
    assert (bytes(template.content), template.file_name) == (other, "offer.docx")


def test_one_template_at_most_is_the_default(shop):
    first = upload(shop, "First", is_default=True)
    second = upload(shop, "Second", is_default=True)
    assert template_default(shop.company) == second
    template_set_default(shop.company, first, actor=shop.rep, at=AT)
    assert template_default(shop.company) == first
    template_set_default(shop.company, None, actor=shop.rep, at=AT)
    assert template_default(shop.company) is None


def test_a_deleted_template_is_gone_and_traced(shop):
    template_delete(upload(shop), actor=shop.rep, at=AT)
    assert templates_of(shop.company) == []
    assert AuditEntry.objects.filter(action="template.deleted").count() == 1


def test_templates_of_another_company_are_out_of_reach(shop):
    template = upload(shop)
    other = operating_company("Other")
    assert template_of(other, template.pk) is None
    assert templates_of(other) == []
    with pytest.raises(DocumentRefused):
        template_set_default(other, template, actor=shop.rep, at=AT)
    assert template_default(other) is None


@pytest.mark.parametrize("name", ["", " \n ", "x" * 101])
def test_a_template_needs_a_name_that_fits(shop, name):
    with pytest.raises(DocumentRefused, match="name"):
        upload(shop, name)


def test_the_letterhead_is_kept_and_traced(shop):
    letterhead_set(shop.company, address="1 Quay\nBristol", terms="Net 30", actor=shop.rep, at=AT)
    letterhead_set(shop.company, terms="Net 14", actor=shop.rep, at=AT)
    letterhead = letterhead_of(shop.company)
    assert (letterhead.address, letterhead.terms) == ("1 Quay\nBristol", "Net 14")
    details = (
        AuditEntry.objects.filter(action="letterhead.edited").order_by("pk").values_list("detail", flat=True)
    )
    assert details[1] == {"before": {"terms": "Net 30"}, "after": {"terms": "Net 14"}}


def test_a_letterhead_that_says_nothing_new_leaves_no_trace(shop):
    letterhead_set(shop.company, terms="Net 30", actor=shop.rep, at=AT)
    letterhead_set(shop.company, terms=" Net 30 ", actor=shop.rep, at=AT)
    assert AuditEntry.objects.filter(action="letterhead.edited").count() == 1


@pytest.mark.parametrize("given", [{"email": "nobody"}, {"terms": "x" * 10_001}, {"website": "x" * 201}])
def test_a_letterhead_takes_only_what_fits(shop, given):
    with pytest.raises(DocumentRefused, match="Nothing was changed"):
        letterhead_set(shop.company, actor=shop.rep, at=AT, **given)
