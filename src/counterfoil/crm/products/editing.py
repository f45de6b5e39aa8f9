"""What users keep of a product beside Xero's data; no pull touches it (PR-7, SY-12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.core.mapping.text import clean
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.crm.products.models import ProductItem

IMAGE_LIMIT = 5_000_000
_LABELS: Final = {"barcode": "Barcode", "unit_of_measure": "Unit of measure", "product_group": "Group"}
_LIMITS: Final = {"barcode": 64, "unit_of_measure": 30, "product_group": 100}
# By their first bytes, whatever the file is called. SVG is not among them: it may carry scripts.
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)


def product_edit(
    product: ProductItem,
    *,
    barcode: str,
    unit_of_measure: str,
    product_group: str,
    actor: User,
    at: dt.datetime,
) -> bool:
    """Set the fields that only the CRM has; whether anything changed. Raises ProductRefused when one is too long."""
    given = {"barcode": barcode, "unit_of_measure": unit_of_measure, "product_group": product_group}
    wanted = {name: _fitting(name, text) for name, text in given.items()}
    before = {name: getattr(product, name) for name in wanted if getattr(product, name) != wanted[name]}
    if not before:
        return False
    after = {name: wanted[name] for name in before}
    with transaction.atomic():
        for name, value in after.items():
            setattr(product, name, value)
        product.updated_at = at
        product.save(update_fields=[*after, "updated_at"])
        changes = ", ".join(f"{_LABELS[name]} is now {value or 'empty'}" for name, value in after.items())
        _audit(
            product,
            "product.edited",
            f"{product.code}: {changes}.",
            {"before": before, "after": after},
            actor,
            at,
        )
    return True


def product_set_image(product: ProductItem, content: bytes | None, *, actor: User, at: dt.datetime) -> None:
    """Give a product its picture (PNG, JPEG, GIF or WebP), or take it away with None; the old file goes.

    Raises ProductRefused for another kind of file or one over 5 MB.
    """
    name = None if content is None else f"{product.pk}.{_image_kind(content)}"
    storage, old = product.image.storage, product.image.name
    with transaction.atomic():
        if content is None or name is None:
            product.image = ""
        else:
            product.image.save(name, ContentFile(content), save=False)
        product.updated_at = at
        product.save(update_fields=["image", "updated_at"])
        said = "has a new picture" if content else "no longer has a picture"
        detail = {"before": old or "", "after": product.image.name or ""}
        _audit(product, "product.image", f"{product.code} {said}.", detail, actor, at)
        if old:
            # Only once the row no longer names it, so that a rollback leaves the picture in place.
            transaction.on_commit(lambda: storage.delete(old))


def _fitting(name: str, text: str) -> str:
    value = clean(text)
    limit = _LIMITS[name]
    if len(value) > limit:
        raise ProductRefused(
            f"{_LABELS[name]} has {len(value)} characters; at most {limit} can be kept. Nothing was changed."
        )
    return value


def _image_kind(content: bytes) -> str:
    if len(content) > IMAGE_LIMIT:
        raise ProductRefused(
            f"The picture has {len(content) / 1e6:.1f} MB; at most {IMAGE_LIMIT // 10**6} MB can be kept. "
            "Nothing was changed."
        )
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    for start, kind in _KINDS:
        if content.startswith(start):
            return kind
    raise ProductRefused("The file is no PNG, JPEG, GIF or WebP picture. Nothing was changed.")


def _audit(
    product: ProductItem,
    action: str,
    summary: str,
    detail: Mapping[str, object],
    actor: User,
    at: dt.datetime,
) -> None:
    audit_record(
        product.operating_company,
        at=at,
        actor=actor,
        action=action,
        subject=f"product:{product.pk}",
        summary=summary,
        detail=dict(detail),
    )
