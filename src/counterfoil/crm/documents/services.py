"""Keep Word templates and the letterhead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.mapping.text import clean
from counterfoil.crm.documents.errors import DocumentRefused, TemplateRefused
from counterfoil.crm.documents.models import Letterhead, QuoteTemplate, TemplateChoice
from counterfoil.crm.documents.rendering import template_check
from counterfoil.crm.documents.selectors import letterhead_of
from counterfoil.crm.quotes.models import Quote

TEMPLATES_MOST: Final = 50
_ADDRESS_MOST, _TERMS_MOST = 1000, 10_000
_LETTERHEAD: Final = {
    "name": ("Name", 200),
    "address": ("Address", _ADDRESS_MOST),
    "vat_number": ("VAT number", 60),
    "registration": ("Registration", 200),
    "email": ("E-mail address", 254),
    "phone": ("Phone", 60),
    "website": ("Website", 200),
    "terms": ("Terms", _TERMS_MOST),
}


def template_upload(
    company: OperatingCompany,
    *,
    name: str,
    file_name: str,
    content: bytes,
    is_default: bool = False,
    actor: User,
    at: dt.datetime,
) -> QuoteTemplate:
    """Keep a template, or replace the one of this name. Raises TemplateRefused with what to correct (RP-2)."""
    name = _name(name)
    if problems := template_check(content):
        raise TemplateRefused(problems)
    with transaction.atomic():
        _room(company, name)
        if is_default:
            QuoteTemplate.objects.of(company).update(is_default=False)
        template: QuoteTemplate
        template, is_new = QuoteTemplate.objects.update_or_create(
            operating_company=company,
            name=name,
            defaults={
                "file_name": _file_name(file_name),
                "content": content,
                "size": len(content),
                "uploaded_by": actor,
                "uploaded_at": at,
            }
            | ({"is_default": True} if is_default else {}),
        )
        said = "uploaded" if is_new else "replaced"
        _audit(template, f"template.{said}", f"The quote template {name} was {said}.", actor, at)
    return template


def template_set_default(
    company: OperatingCompany, template: QuoteTemplate | None, *, actor: User, at: dt.datetime
) -> None:
    """Which template quotes are written with unless one is chosen; None is the built-in one."""
    with transaction.atomic():
        before = (
            QuoteTemplate.objects.of(company).filter(is_default=True).values_list("name", flat=True).first()
        )
        QuoteTemplate.objects.of(company).update(is_default=False)
        if template is not None:
            found = QuoteTemplate.objects.of(company).filter(pk=template.pk).update(is_default=True)
            if not found:
                raise DocumentRefused("That template is no longer there. Nothing was changed.")
        name = template.name if template else "the built-in one"
        audit_record(
            company,
            at=at,
            actor=actor,
            action="template.default",
            subject=f"quote_template:{template.pk}" if template else "",
            summary=f"Quotes are written with {name}.",
            detail={"before": before or "", "after": template.name if template else ""},
        )


def template_choose(
    quote: Quote, template: QuoteTemplate | None, *, usual: bool = False, actor: User, at: dt.datetime
) -> None:
    """Write this quote with `template` (None: the built-in one), or again as `usual`."""
    company = quote.operating_company
    if template is not None and template.operating_company_id != company.pk:
        raise DocumentRefused("That template is no longer there. Nothing was changed.")
    with transaction.atomic():
        if usual:
            TemplateChoice.objects.filter(quote=quote).delete()
        else:
            TemplateChoice.objects.update_or_create(quote=quote, defaults={"template": template})
        name = "the usual template" if usual else template.name if template else "the built-in template"
        audit_record(
            company,
            at=at,
            actor=actor,
            action="quote.template",
            subject=f"quote:{quote.pk}",
            summary=f"{quote.number} is written with {name}.",
        )


def template_delete(template: QuoteTemplate, *, actor: User, at: dt.datetime) -> None:
    """Remove a template; documents made with it stay with whoever has them."""
    with transaction.atomic():
        _audit(template, "template.deleted", f"The quote template {template.name} was deleted.", actor, at)
        template.delete()


def letterhead_set(company: OperatingCompany, *, actor: User, at: dt.datetime, **given: str) -> Letterhead:
    """Set what is given of the letterhead. Raises DocumentRefused for what is too long or no e-mail address."""
    wanted = {name: _fitting(name, text) for name, text in given.items()}
    if wanted.get("email"):
        try:
            validate_email(wanted["email"])
        except ValidationError as error:
            raise DocumentRefused(f"{wanted['email']} is no e-mail address. Nothing was changed.") from error
    with transaction.atomic():
        letterhead = letterhead_of(company)
        before = {
            name: getattr(letterhead, name) for name in wanted if getattr(letterhead, name) != wanted[name]
        }
        for name in before:
            setattr(letterhead, name, wanted[name])
        letterhead.save()
        if before:
            _audit_letterhead(company, before, {name: wanted[name] for name in before}, actor, at)
    return letterhead


def _name(text: str) -> str:
    name = " ".join(clean(text).split())
    if not 0 < len(name) <= 100:
        raise DocumentRefused("A template needs a name of at most 100 characters. Nothing was kept.")
    return name


def _file_name(text: str) -> str:
    """The last part of what the browser said, for show only: nothing is ever stored under it."""
    return clean(text).replace("\\", "/").rsplit("/", 1)[-1][-200:]


def _room(company: OperatingCompany, name: str) -> None:
    others = QuoteTemplate.objects.of(company).exclude(name=name)
    if others.count() >= TEMPLATES_MOST:
        raise DocumentRefused(
            f"There are {TEMPLATES_MOST} templates already. Delete one first; nothing was kept."
        )


def _fitting(name: str, text: str) -> str:
    label, most = _LETTERHEAD[name]
    value = clean(text)
    if len(value) > most:
        raise DocumentRefused(
            f"{label} has {len(value)} characters; at most {most} can be kept. Nothing was changed."
        )
    return value


def _audit(template: QuoteTemplate, action: str, summary: str, actor: User, at: dt.datetime) -> None:
    owner: OperatingCompany = template.operating_company
    detail = {"file_name": template.file_name, "size": template.size}
    subject = f"quote_template:{template.pk}"
    audit_record(owner, at=at, actor=actor, action=action, subject=subject, summary=summary, detail=detail)


def _audit_letterhead(
    company: OperatingCompany,
    before: Mapping[str, str],
    after: Mapping[str, str],
    actor: User,
    at: dt.datetime,
) -> None:
    names = ", ".join(_LETTERHEAD[name][0] for name in after)
    audit_record(
        company,
        at=at,
        actor=actor,
        action="letterhead.edited",
        subject=f"company:{company.pk}",
        summary=f"The letterhead of quotes was changed: {names}.",
        detail={"before": dict(before), "after": dict(after)},
    )
