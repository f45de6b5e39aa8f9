"""Messages about incidents: made once with the incident, sent until they arrive, kept either way (TK-2).

A message is due in the table, so a crash loses none; one that was sent just before a crash may come twice, with the
same id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import smtplib
from collections.abc import Iterable
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.alerting import after_quiet, next_try
from counterfoil.sync import posting, wiring
from counterfoil.sync.alert_models import AlertDelivery, AlertSettings, Channel, Incident, Occasion
from counterfoil.sync.incidents import alert_settings_of
from counterfoil.sync.sealing import SealBroken, unseal

TIME_S = 20
AT_ONCE = 50
SIGNATURE = "Counterfoil-Signature"
OVER = "It was over before the message left, so nobody was told."
TAKEN_OFF = "Alerts do not go to this address any more, so nothing was sent."


def zone_of(company: OperatingCompany) -> ZoneInfo:
    return ZoneInfo(company.time_zone)


def opened(incident: Incident, at: dt.datetime) -> None:
    """Have everybody told; in the transaction that opens the incident."""
    chosen = alert_settings_of(incident.operating_company)
    _make(incident, Occasion.OPENED, _targets(chosen), _may_leave(chosen, incident.operating_company, at), at)


def closed(incident: Incident, at: dt.datetime) -> None:
    """The all-clear for those who were told and still are: whoever was not told, or was taken off since, gets none."""
    first = AlertDelivery.objects.filter(incident=incident, occasion=Occasion.OPENED)
    told = set(first.filter(attempts__gt=0).values_list("channel", "target"))
    first.filter(sent_at=None, due_at__isnull=False).update(due_at=None, problem=OVER)
    chosen = alert_settings_of(incident.operating_company)
    still = [target for target in _targets(chosen) if target in told]
    _make(incident, Occasion.CLOSED, still, _may_leave(chosen, incident.operating_company, at), at)


def test_made(company: OperatingCompany, at: dt.datetime) -> list[AlertDelivery]:
    """A test message to every address, due at once, quiet hours or not."""
    return AlertDelivery.objects.bulk_create(
        AlertDelivery(
            operating_company=company,
            uuid=uuid4(),
            occasion=Occasion.TEST,
            channel=channel,
            target=target,
            made_at=at,
            due_at=at,
        )
        for channel, target in _targets(alert_settings_of(company))
    )


def deliver_due(at: dt.datetime) -> int:
    """Send what is due; returns how many arrived."""
    due = AlertDelivery.objects.filter(due_at__lte=at).select_related(
        "incident__connection", "operating_company"
    )
    return sum(deliver(row, at) for row in due.order_by("due_at")[:AT_ONCE])


def deliver(row: AlertDelivery, at: dt.datetime) -> bool:
    """Try one message, unless another process has just done so."""
    chosen = alert_settings_of(row.operating_company)
    again = next_try(row.attempts + 1, at)
    if again is not None and row.occasion != Occasion.TEST:
        again = _may_leave(chosen, row.operating_company, again)
    mine = AlertDelivery.objects.filter(pk=row.pk, attempts=row.attempts, due_at__isnull=False)
    # The next time is set before the try, so that a crash in the middle is followed by another one.
    if (row.channel, row.target) not in _targets(chosen):
        mine.update(due_at=None, problem=TAKEN_OFF)
        return False
    if not mine.update(attempts=F("attempts") + 1, due_at=again):
        return False
    problem = _problem(row, chosen, at)
    done = AlertDelivery.objects.filter(pk=row.pk)
    if problem:
        done.update(problem=problem)
        return False
    done.update(sent_at=at, due_at=None, problem="")
    if row.incident is not None and row.occasion == Occasion.OPENED:
        Incident.objects.filter(pk=row.incident.pk, told_at=None).update(told_at=at)
    return True


def _make(
    incident: Incident,
    occasion: str,
    targets: Iterable[tuple[str, str]],
    due_at: dt.datetime,
    at: dt.datetime,
) -> None:
    AlertDelivery.objects.bulk_create(
        AlertDelivery(
            operating_company=incident.operating_company,
            uuid=uuid4(),
            incident=incident,
            occasion=occasion,
            channel=channel,
            target=target,
            made_at=at,
            due_at=due_at,
        )
        for channel, target in targets
    )


def _targets(chosen: AlertSettings) -> list[tuple[str, str]]:
    mails = [(str(Channel.EMAIL), str(address)) for address in chosen.recipients]
    return mails + ([(str(Channel.WEBHOOK), chosen.webhook_url)] if chosen.webhook_url else [])


def _may_leave(chosen: AlertSettings, company: OperatingCompany, at: dt.datetime) -> dt.datetime:
    return after_quiet(at, zone_of(company), chosen.quiet_from, chosen.quiet_until)


def _problem(row: AlertDelivery, chosen: AlertSettings, at: dt.datetime) -> str:
    """Send it; why it did not leave, or ""."""
    try:
        if row.channel == Channel.EMAIL:
            _mail(row)
        else:
            _post(row, chosen, at)
    except (OSError, smtplib.SMTPException, SealBroken, ValueError) as error:
        said = str(error) if isinstance(error, SealBroken | posting.NotPosted) else type(error).__name__
        return f"It did not leave: {said}"
    return ""


def _mail(row: AlertDelivery) -> None:
    EmailMessage(
        subject=_subject(row),
        body="\n\n".join(_paragraphs(row)),
        from_email=django_settings.DEFAULT_FROM_EMAIL,
        to=[row.target],
        headers={"Auto-Submitted": "auto-generated", "X-Counterfoil-Delivery": str(row.uuid)},
        connection=get_connection(timeout=TIME_S),
    ).send()


def _subject(row: AlertDelivery) -> str:
    company = " ".join(row.operating_company.name.split())[:80]
    if row.incident is None:
        return f"Test alert of {company}"
    what = row.incident.get_kind_display()
    said = "over: " if row.occasion == Occasion.CLOSED else ""
    return f"{company} and Xero: {said}{what[:1].lower()}{what[1:]}"


def _paragraphs(row: AlertDelivery) -> list[str]:
    company = row.operating_company
    page = f"{wiring.configuration().url}{wiring.XERO_PAGE_PATH}"
    if row.incident is None:
        return [
            f"This is a test. Alerts about the connection of {company.name} to Xero arrive at this address.",
            page,
        ]
    began = f"{row.incident.opened_at.astimezone(zone_of(company)):%d %b %Y, %H:%M} ({company.time_zone})"
    organisation = row.incident.connection.organisation_name
    if row.occasion == Occasion.CLOSED:
        return [
            f"{row.incident.get_kind_display()}, since {began}: this is over.",
            f"Organisation in Xero: {organisation}",
            page,
        ]
    return [
        row.incident.reason,
        f"Since {began}. Organisation in Xero: {organisation}",
        "The CRM goes on meanwhile. What is made in it waits, and goes to Xero when this is over.",
        page,
    ]


def message_of(row: AlertDelivery) -> bytes:
    """The body that a webhook gets."""
    incident = row.incident
    told = {
        "id": str(row.uuid),
        "occasion": row.occasion,
        "company": row.operating_company.name,
        "url": f"{wiring.configuration().url}{wiring.XERO_PAGE_PATH}",
    }
    if incident is not None:
        told |= {
            "incident": str(incident.pk),
            "kind": incident.kind,
            "organisation": incident.connection.organisation_name,
            "reason": incident.reason,
            "opened_at": incident.opened_at.isoformat(),
            "closed_at": incident.closed_at.isoformat() if incident.closed_at else "",
        }
    return json.dumps(told).encode()


def signature_of(body: bytes, secret: str, at: dt.datetime) -> str:
    """The moment, and HMAC-SHA256 over the moment, a full stop and the body, so that an old message cannot be replayed."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _post(row: AlertDelivery, chosen: AlertSettings, at: dt.datetime) -> None:
    if chosen.secret_sealed is None:
        raise posting.NotPosted("the address has no secret to sign with.")
    body = message_of(row)
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: signature_of(body, unseal(chosen.secret_sealed), at),
    }
    posting.post(row.target, body, headers, inside=wiring.configuration().alerts_inside)
