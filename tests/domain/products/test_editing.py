import pytest
from django.core.files.storage import default_storage

from counterfoil.accounts.models import User
from counterfoil.changes.models import AuditEntry
from counterfoil.crm.products.editing import _LIMITS
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import ProductRefused, product_edit, product_set_image
from tests.builders import AT, operating_company

PNG = b"\x89PNG\r\n\x1a\n and the rest"
pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return User.objects.create_user("sam@example.com", None, name="Sam")


@pytest.fixture
def product():
    return ProductItem.objects.create(
        operating_company=operating_company(), code="BOOK", barcode="501", created_at=AT, updated_at=AT
    )


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.rule("PR-7")
def test_a_user_sets_what_only_the_crm_knows(product, actor):
    given = {"barcode": " 502 ", "unit_of_measure": "box of 10", "product_group": ""}
    assert product_edit(product, **given, actor=actor, at=AT)
    product.refresh_from_db()
    assert (product.barcode, product.unit_of_measure, product.product_group) == ("502", "box of 10", "")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == (actor, "product.edited", f"product:{product.pk}")
    assert entry.summary == "BOOK: Barcode is now 502, Unit of measure is now box of 10."
    assert entry.detail["before"] == {"barcode": "501", "unit_of_measure": ""}


def test_saving_without_a_change_leaves_no_trace(product, actor):
    given = {"barcode": "501", "unit_of_measure": "", "product_group": ""}
    assert not product_edit(product, **given, actor=actor, at=AT)
    assert not AuditEntry.objects.exists()


def test_what_is_too_long_is_refused_whole(product, actor):
    with pytest.raises(ProductRefused, match="Unit of measure has 31 characters; at most 30"):
        product_edit(product, barcode="9", unit_of_measure="x" * 31, product_group="", actor=actor, at=AT)
    product.refresh_from_db()
    assert product.barcode == "501"


def test_what_may_be_typed_is_what_fits(product, actor):
    longest = {name: "x" * ProductItem._meta.get_field(name).max_length for name in _LIMITS}
    assert product_edit(product, **longest, actor=actor, at=AT)
    product.refresh_from_db()
    assert {name: getattr(product, name) for name in longest} == longest


@pytest.mark.rule("PR-7")
def test_a_picture_is_kept_replaced_and_taken_away(product, actor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        product_set_image(product, PNG, actor=actor, at=AT)
    first = product.image.name
    assert first.endswith(".png")
    with default_storage.open(first) as file:
        assert file.read() == PNG
    with django_capture_on_commit_callbacks(execute=True):
        product_set_image(product, b"RIFF1234WEBP and more", actor=actor, at=AT)
    assert product.image.name.endswith(".webp")
    assert not default_storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        product_set_image(product, None, actor=actor, at=AT)
    product.refresh_from_db()
    assert not product.image
    assert default_storage.listdir("products")[1] == []
    assert AuditEntry.objects.filter(action="product.image").count() == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg onload='alert(1)'/>", "no PNG, JPEG, GIF or WebP"),
        (b"", "no PNG, JPEG, GIF or WebP"),
        (PNG + bytes(5_000_000), "5.0 MB; at most 5 MB"),
    ],
    ids=["svg", "empty", "too large"],
)
def test_a_file_that_is_no_picture_is_refused(product, actor, content, said):
    with pytest.raises(ProductRefused, match=said):
        product_set_image(product, content, actor=actor, at=AT)
    product.refresh_from_db()
    assert not product.image
