"""Every setting there is, with its words and where it is changed, so that one can be found by what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from counterfoil.accounts.roles import permits
from counterfoil.web.integration.alert_views import AlertsForm
from counterfoil.web.integration.connecting_forms import AppForm
from counterfoil.web.integration.forms import ImportSettingsForm, WebhookKeyForm
from counterfoil.web.integration.sending_views import SendingForm
from counterfoil.web.quotes.settings_views import QuoteSettingsForm
from counterfoil.web.settings.staff_forms import CompanyForm


@dataclass(frozen=True)
class Entry:
    """One setting. `words` is all that a search looks in, in lower case."""

    label: str
    help: str
    page: str
    route: str
    anchor: str
    words: str


@dataclass(frozen=True)
class Page:
    label: str
    route: str
    permission: str
    form: type[forms.Form]
    other_words: str = ""


PAGES = (
    Page(
        "Import settings",
        "xero-settings",
        "integration.manage",
        ImportSettingsForm,
        "xero pull",
    ),
    Page("Settings for quotes", "quote-settings", "quotes.settings", QuoteSettingsForm),
    Page(
        "Connect to Xero", "xero-guide", "integration.manage", AppForm, "app oauth credentials key connection"
    ),
    Page("Sending", "xero-sending", "integration.manage", SendingForm, "xero push two-way"),
    Page("Webhooks", "xero-webhooks", "integration.manage", WebhookKeyForm, "events live"),
    Page(
        "Alerts", "xero-alerts", "integration.manage", AlertsForm, "e-mail notify silence incident all clear"
    ),
    Page("Operating company", "company-settings", "people.manage", CompanyForm, "switch legal entity"),
)


def entries_for(role: str, wanted: str) -> list[tuple[str, list[Entry]]]:
    """The settings that a role may change and that hold every word of `wanted`, by page."""
    parts = wanted.lower().split()
    found = []
    for page in PAGES:
        if permits(role, page.permission):
            rows = [entry for entry in _entries(page) if all(part in entry.words for part in parts)]
            if rows:
                found.append((page.label, rows))
    return found


def labels() -> dict[str, str]:
    """Field name → label, for showing what the trail keeps by name."""
    return {name: str(field.label) for page in PAGES for name, field in page.form.base_fields.items()}


def words() -> dict[str, dict[str, str]]:
    """Field name → value → how the form words it, of fields with choices."""
    fields = [pair for page in PAGES for pair in page.form.base_fields.items()]
    choices: list[tuple[str, Any]] = [(name, getattr(field, "choices", ())) for name, field in fields]
    return {name: {str(value): str(said) for value, said in offered} for name, offered in choices}


def _entries(page: Page) -> list[Entry]:
    return [_entry(page, name, field) for name, field in page.form.base_fields.items() if field.label]


def _entry(page: Page, name: str, field: forms.Field) -> Entry:
    choices = " ".join(str(words) for _, words in getattr(field, "choices", ()))
    said = (
        str(field.label),
        str(field.help_text),
        name.replace("_", " "),
        choices,
        page.label,
        page.other_words,
    )
    return Entry(
        str(field.label), str(field.help_text), page.label, page.route, f"id_{name}", " ".join(said).lower()
    )
