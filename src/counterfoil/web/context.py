"""What every page needs around its content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from counterfoil.accounts.roles import permits
from counterfoil.web.shell.light import light_and_banner
from counterfoil.web.shell.navigation import navigation

THEMES = (
    ("light", "Light", "sun"),
    ("dark", "Dark", "moon"),
    ("auto", "As the system", "device-desktop"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Nothing for strangers and for parts of pages; else side bar, person and operating company."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    membership: Any = getattr(request, "membership", None)
    frame = {
        "theme": user.theme,
        "themes": THEMES,
        "initials": initials_of(str(user)),
        "zone_name": timezone.get_current_timezone_name(),
        "now": getattr(request, "at", None),
    }
    if membership is None:
        return frame
    may_integrate = permits(membership.role, "integration.manage")
    if not getattr(request, "htmx", False):
        light, banner = light_and_banner(membership.operating_company, request.at)  # type: ignore[attr-defined]
        is_said = banner is not None and banner.is_elsewhere and request.path == reverse("xero")
        frame |= {"light": light, "banner": banner if may_integrate and not is_said else None}
    return frame | {
        "company": membership.operating_company,
        "membership": membership,
        "memberships": getattr(request, "memberships", []),
        "navigation": navigation(membership.role, request.path),
        "may_integrate": may_integrate,
        "may_edit_customers": permits(membership.role, "customers.edit"),
        "may_stop_customers": permits(membership.role, "customers.stop"),
        "may_edit_products": permits(membership.role, "products.edit"),
        "may_edit_quotes": permits(membership.role, "quotes.edit"),
        "may_edit_finance": permits(membership.role, "finance.edit"),
    }


def initials_of(name: str) -> str:
    """Two letters for the round mark: of first and last word, or of an e-mail address's beginning."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if "@" not in name and len(words) > 1 else "")).upper()
