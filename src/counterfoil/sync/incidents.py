"""What is the matter with the link to Xero now, and what was (TK-2, TK-6, ST-2)."""

from __future__ import annotations

from django.db.models import QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sync.alert_models import AlertDelivery, AlertSettings, Incident


def incidents_open(company: OperatingCompany) -> list[Incident]:
    """What is not over yet, the oldest first."""
    rows = Incident.objects.of(company).filter(closed_at=None)
    return list(rows.select_related("connection").order_by("opened_at"))


def incidents_recent(company: OperatingCompany) -> QuerySet[Incident]:
    """All there were, the newest first."""
    rows: QuerySet[Incident] = Incident.objects.of(company).select_related("connection")
    return rows.order_by("-opened_at")


def deliveries_recent(company: OperatingCompany) -> QuerySet[AlertDelivery]:
    """Messages that have left, wait, or were given up, the newest first."""
    rows: QuerySet[AlertDelivery] = AlertDelivery.objects.of(company).select_related("incident")
    return rows.order_by("-made_at", "-pk")


def alert_settings_of(company: OperatingCompany) -> AlertSettings:
    """The company's; nobody is told until somebody enters an address."""
    return AlertSettings.objects.filter(operating_company=company).first() or AlertSettings(
        operating_company=company
    )
