"""The addresses of all reports."""

from __future__ import annotations

from django.urls import path

from counterfoil.web.lists.views import list_routes
from counterfoil.web.reports import views
from counterfoil.web.reports.index import REPORTS
from counterfoil.web.reports.lines import LINES_SCREEN

REPORT_ROUTES = [
    path("reports/", views.reports, name="reports"),
    path("reports/reconciliation/", views.reconciliation, name="reconciliation"),
    *(
        route
        for screen in REPORTS
        for route in list_routes(screen, f"reports/{screen.name}", "reports/report.html")
    ),
    *list_routes(LINES_SCREEN, "reports/sales-lines", "reports/report.html"),
]
