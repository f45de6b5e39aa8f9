"""Mail a quote or a statement to the customer."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.mapping.text import clean
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.documents.errors import MailRefused
from counterfoil.crm.documents.models import QuoteTemplate
from counterfoil.crm.documents.selectors import Form, PaperFile, letterhead_of, quote_file
from counterfoil.crm.documents.statement import statement_file
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.sales.statement import Statement

ADDRESSES_MOST: Final = 10
SUBJECT_MOST: Final = 200
TEXT_MOST: Final = 20_000
TIME_S: Final = 20


@dataclass(frozen=True)
class _About:
    """What a mail is about, as the trail has it: `action` is completed by how it went."""

    company: OperatingCompany
    subject: str
    name: str
    action: str
    detail: Mapping[str, Any]


def quote_mail(
    quote: Quote,
    *,
    to: Sequence[str],
    subject: str,
    text: str,
    attach: Sequence[Form] = ("pdf",),
    template: QuoteTemplate | None = None,
    actor: User,
    at: dt.datetime,
) -> list[str]:
    """Send the quote; the addresses it went to. Raises MailRefused, or DocumentRefused when a file cannot be made.

    Answers come to the sender. What was sent, or that sending failed, is in the audit trail; the text of
    the mail is not.
    """
    addresses, subject, text = _addresses(to), _subject(subject), _text(text)
    files = [quote_file(quote, form, template) for form in dict.fromkeys(attach)]
    about = _About(
        quote.operating_company,
        f"quote:{quote.pk}",
        f"Quote {quote.number}",
        "quote.mail",
        {"version": quote.version},
    )
    return _deliver(about, addresses, subject, text, files, actor=actor, at=at)


def statement_mail(
    ledger: SalesLedger,
    statement: Statement,
    *,
    to: Sequence[str],
    subject: str,
    text: str,
    actor: User,
    at: dt.datetime,
) -> list[str]:
    """As `quote_mail`, for a customer's statement as a PDF."""
    addresses, subject, text = _addresses(to), _subject(subject), _text(text)
    files = [statement_file(ledger, statement)]
    about = _About(
        ledger.operating_company,
        f"sales_ledger:{ledger.pk}",
        f"The statement of {statement.on:%d %B %Y}",
        "sales_ledger.statement_mail",
        {"owed": str(statement.ageing.owed)},
    )
    return _deliver(about, addresses, subject, text, files, actor=actor, at=at)


def _deliver(
    about: _About,
    to: list[str],
    subject: str,
    text: str,
    files: Sequence[PaperFile],
    *,
    actor: User,
    at: dt.datetime,
) -> list[str]:
    message = _message(about.company, to, subject, text, files, actor)
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        _audit(about, "_failed", "could not be mailed", to, files, actor, at)
        raise MailRefused(
            "The mail server did not take the mail, so it was not sent; nothing else was changed. "
            f"Try again, or ask an Administrator to look at the mail settings ({_kind(error)})."
        ) from error
    _audit(about, "ed", "was mailed", to, files, actor, at)
    return to


def _message(
    company: OperatingCompany,
    to: list[str],
    subject: str,
    text: str,
    files: Sequence[PaperFile],
    actor: User,
) -> EmailMessage:
    letterhead = letterhead_of(company)
    # One line and no quotation marks, whatever a company is called.
    name = " ".join((letterhead.name or company.name).split())
    message = EmailMessage(
        subject=subject,
        body=text,
        from_email=formataddr((name, settings.DEFAULT_FROM_EMAIL)),
        to=to,
        reply_to=[actor.email],
        connection=get_connection(timeout=TIME_S),
    )
    for file in files:
        message.attach(file.name, file.content, file.content_type)
    return message


def _addresses(to: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(address.strip() for address in to if address.strip()))
    if not 0 < len(found) <= ADDRESSES_MOST:
        raise MailRefused(f"Give one to {ADDRESSES_MOST} e-mail addresses. Nothing was sent.")
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            shown = "".join(sign if sign.isprintable() else "�" for sign in address)[:100]
            raise MailRefused(f"“{shown}” is no e-mail address. Nothing was sent.") from error
    return found


def _subject(subject: str) -> str:
    """One line: a line break in a header would start another header."""
    line = "".join(sign if sign.isprintable() else " " for sign in clean(subject))
    line = " ".join(line.split())
    if not 0 < len(line) <= SUBJECT_MOST:
        raise MailRefused(f"Give the mail a subject of at most {SUBJECT_MOST} characters. Nothing was sent.")
    return line


def _text(text: str) -> str:
    text = clean(text)
    if len(text) > TEXT_MOST:
        raise MailRefused(
            f"The text has {len(text)} characters; at most {TEXT_MOST} can be sent. Nothing was sent."
        )
    return text


def _kind(error: Exception) -> str:
    return type(error).__name__


def _audit(
    about: _About,
    how: str,
    said: str,
    to: list[str],
    files: Sequence[PaperFile],
    actor: User,
    at: dt.datetime,
) -> None:
    with transaction.atomic():
        audit_record(
            about.company,
            at=at,
            actor=actor,
            action=f"{about.action}{how}",
            subject=about.subject,
            summary=f"{about.name} {said} to {', '.join(to)}.",
            detail={"to": to, "files": [file.name for file in files], **about.detail},
        )
