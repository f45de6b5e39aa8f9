"""Mail a quote to the customer."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Sequence
from email.utils import formataddr
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.core.mapping.text import clean
from counterfoil.crm.documents.errors import MailRefused
from counterfoil.crm.documents.models import QuoteTemplate
from counterfoil.crm.documents.selectors import Form, QuoteFile, letterhead_of, quote_file
from counterfoil.crm.quotes.models import Quote

ADDRESSES_MOST: Final = 10
SUBJECT_MOST: Final = 200
TEXT_MOST: Final = 20_000
TIME_S: Final = 20


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
    message = _message(quote, addresses, subject, text, files, actor)
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        _audit(quote, "quote.mail_failed", addresses, files, actor, at)
        raise MailRefused(
            "The mail server did not take the mail, so it was not sent; the quote is unchanged. "
            f"Try again, or ask an Administrator to look at the mail settings ({_kind(error)})."
        ) from error
    _audit(quote, "quote.mailed", addresses, files, actor, at)
    return addresses


def _message(
    quote: Quote, to: list[str], subject: str, text: str, files: Sequence[QuoteFile], actor: User
) -> EmailMessage:
    company = quote.operating_company
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
    quote: Quote, action: str, to: list[str], files: Sequence[QuoteFile], actor: User, at: dt.datetime
) -> None:
    said = "was mailed" if action == "quote.mailed" else "could not be mailed"
    with transaction.atomic():
        audit_record(
            quote.operating_company,
            at=at,
            actor=actor,
            action=action,
            subject=f"quote:{quote.pk}",
            summary=f"Quote {quote.number} {said} to {', '.join(to)}.",
            detail={"to": to, "files": [file.name for file in files], "version": quote.version},
        )
