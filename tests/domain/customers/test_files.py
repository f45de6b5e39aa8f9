"""Files that people put with a customer."""

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers import files
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.files import FILE_BYTES, FILES_MOST, file_add, file_delete
from counterfoil.crm.customers.listing import file_of, files_of
from counterfoil.crm.customers.merging import ledger_retire
from counterfoil.crm.customers.models import CustomerFile
from tests.builders import AT, operating_company, sales_ledger
from tests.web.world import file, person


@pytest.fixture
def ledger(company):
    return sales_ledger(company)


@pytest.fixture
def rep(company):
    return person()


def add(ledger, rep, name="Contract.pdf", content=b"%PDF-1.7 words"):
    return file_add(ledger, name=name, content=content, actor=rep, at=AT)


@pytest.mark.rule("SY-12")
def test_a_file_is_kept_byte_for_byte_with_who_brought_it(company, ledger, rep):
    content = bytes(range(256)) * 40
    made = add(ledger, rep, "scan.bin", content)
    found = file_of(company.pk, made.pk)
    assert found is not None
    assert (bytes(found.content), found.name, found.size) == (content, "scan.bin", 10_240)
    assert (found.added_by, found.added_at) == (rep, AT)


def test_the_trail_says_who_added_and_who_deleted_what(ledger, rep):
    made = add(ledger, rep)
    file_delete(made, actor=rep, at=AT)
    added, deleted = AuditEntry.objects.order_by("pk")
    assert (added.action, deleted.action) == ("sales_ledger.file_added", "sales_ledger.file_deleted")
    assert added.subject == deleted.subject == f"sales_ledger:{ledger.pk}"
    assert added.detail == deleted.detail
    assert len(added.detail["sha256"]) == 64
    assert not CustomerFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"x" * (FILE_BYTES + 1), "larger than 10 MB")]
)
def test_what_is_empty_or_too_large_is_not_kept(ledger, rep, content, why):
    with pytest.raises(CustomerRefused, match=why):
        add(ledger, rep, content=content)
    assert not CustomerFile.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_file_of_the_largest_size_is_kept(ledger, rep):
    assert add(ledger, rep, content=b"x" * FILE_BYTES).size == FILE_BYTES


def test_the_same_file_is_kept_once_whatever_it_is_called(ledger, rep):
    add(ledger, rep, "Contract.pdf")
    with pytest.raises(CustomerRefused, match="is here already under the name Contract"):
        add(ledger, rep, "Contract (1).pdf")
    add(ledger, rep, "Contract.pdf", b"another version")
    assert CustomerFile.objects.count() == 2


def test_there_is_an_end_to_how_many_files_a_customer_has(ledger, rep, monkeypatch):
    monkeypatch.setattr(files, "FILES_MOST", 2)
    for number in range(2):
        add(ledger, rep, content=b"%d" % number)
    with pytest.raises(CustomerRefused, match="delete one first"):
        add(ledger, rep, content=b"one more")
    assert FILES_MOST == 200


def test_a_file_that_is_gone_is_not_deleted_twice(ledger, rep):
    made = add(ledger, rep)
    file_delete(made, actor=rep, at=AT)
    with pytest.raises(CustomerRefused, match="was deleted already"):
        file_delete(made, actor=rep, at=AT)


def test_a_list_of_files_reads_none_of_their_bytes(ledger, rep, django_assert_num_queries):
    add(ledger, rep)
    with django_assert_num_queries(1):
        [found] = files_of(ledger)
        assert (found.name, str(found.added_by)) == ("Contract.pdf", "Ada Okafor")
    assert "content" in found.get_deferred_fields()


def test_a_file_is_its_operating_companys_alone(ledger, rep):
    made = add(ledger, rep)
    assert file_of(operating_company("Elsewhere").pk, made.pk) is None


@pytest.mark.rule("SY-13")
def test_files_go_along_when_a_contact_is_merged_in_xero(company, ledger, rep):
    heir = sales_ledger(company, "survivor")
    made = file(ledger)
    ledger_retire(ledger, heir, at=AT)
    assert [one.pk for one in files_of(heir)] == [made.pk]
