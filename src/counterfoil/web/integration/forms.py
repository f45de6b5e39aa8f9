from __future__ import annotations

from typing import Any

from django import forms

from counterfoil.accounts.selectors import OperatingCompany, User, member_of, members_of
from counterfoil.core.b2c import PATTERN_LIMIT, BadPattern, pattern_compile
from counterfoil.web.forms import PlainForm

FIELDS = (
    "b2c_mode",
    "b2c_pattern",
    "missing_records",
    "include_suppliers",
    "include_b2c",
    "default_role_code",
    "default_company_type",
    "currency_import",
    "street_fallback",
    "import_unflagged",
    "pass_minutes",
    "day_reserve",
)


class ImportSettingsForm(PlainForm):
    """IS-1 to IS-5; each field says what it changes."""

    ledger_label = forms.ChoiceField(
        label="Customers are labelled by",
        choices=(("name", "Customer name"), ("account_number", "Account number")),
        help_text="Relabels every customer at once, without a sync. One without an account number keeps its name.",
    )
    b2c_mode = forms.ChoiceField(
        label="Business or consumer",
        choices=(("automatic", "Worked out by itself"), ("manual", "Set by hand")),
        help_text="By itself: a consumer's contact is named like its only person. By hand: not known until "
        "somebody sets it. What a user has set stays either way.",
    )
    b2c_pattern = forms.CharField(
        label="Also a consumer when the name matches",
        required=False,
        strip=False,  # a space may be what the pattern is about
        max_length=PATTERN_LIMIT,
        help_text="A regular expression, found anywhere in the name, capitals or not. Empty: names alone decide.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "control mono"}),
    )
    missing_records = forms.ChoiceField(
        label="Make company, division and person for an imported ledger",
        choices=(("active", "For active contacts only"), ("all", "For all contacts"), ("none", "Not at all")),
        help_text="Not at all: ledgers wait in the list “No company yet”, where a user makes or picks one. "
        "A change reads all contacts again; companies that exist stay.",
    )
    include_suppliers = forms.BooleanField(
        label="For suppliers too",
        required=False,
        help_text="Off: suppliers get a purchase ledger and no company.",
    )
    include_b2c = forms.BooleanField(
        label="For consumers too",
        required=False,
        help_text="Off: consumers get a sales ledger and no company.",
    )
    default_account_manager = forms.ChoiceField(
        label="Account manager",
        required=False,
        help_text="For new companies only; those that exist keep theirs.",
    )
    default_role_code = forms.CharField(
        label="Role of new people", required=False, max_length=60, help_text="Such as Accounts or Buyer."
    )
    default_company_type = forms.CharField(
        label="Type of new companies", max_length=40, help_text="Such as customer or reseller."
    )
    currency_import = forms.BooleanField(
        label="Take currencies and rates by themselves",
        required=False,
        help_text="Off: currencies are kept by hand, and no pass touches them or a rate set by hand. Where none is set, "
        "the reference rate of the day counts.",
    )
    street_fallback = forms.BooleanField(
        label="Use the street address where there is no postal address",
        required=False,
        help_text="Off: such contacts come in without an address. A change reads all contacts again.",
    )
    import_unflagged = forms.BooleanField(
        label="Take contacts that are neither customer nor supplier",
        required=False,
        help_text="On: they come in as customers. Off: they are counted and listed under Left out.",
    )
    pass_minutes = forms.IntegerField(
        label="Minutes between two passes",
        min_value=1,
        max_value=60,
        help_text="From the end of one to the start of the next. More often uses more of the day's calls.",
    )
    day_reserve = forms.IntegerField(
        label="Calls a day kept for people",
        required=False,
        min_value=0,
        max_value=4000,
        help_text="Passes leave these of Xero's daily calls to orders and to what people ask for. Empty: what the "
        "installation says.",
    )

    def __init__(self, *args: Any, company: OperatingCompany, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        managers: Any = self.fields["default_account_manager"]
        managers.choices = [("", "Nobody"), *((str(user.pk), str(user)) for user in members_of(company))]

    def clean_b2c_pattern(self) -> str:
        pattern = str(self.cleaned_data["b2c_pattern"])
        try:
            if pattern:
                pattern_compile(pattern)
        except BadPattern as bad:
            raise forms.ValidationError(str(bad)) from bad
        return pattern

    def clean_default_account_manager(self) -> User | None:
        chosen = self.cleaned_data["default_account_manager"]
        return member_of(self.company, int(chosen)) if chosen else None


class WebhookKeyForm(PlainForm):
    """The key that Xero shows once a webhook was set up. It is never shown again here."""

    key = forms.CharField(
        label="Signing key",
        required=False,
        max_length=200,
        help_text="From the Webhooks page of your app at developer.xero.com. Kept sealed and never shown again. "
        "Leave it empty to end listening.",
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "control mono"}
        ),
    )


def initial_of(company: OperatingCompany, settings: Any) -> dict[str, Any]:
    """The form as the stored settings fill it."""
    return {name: getattr(settings, name) for name in FIELDS} | {
        "ledger_label": company.ledger_label,
        "default_account_manager": str(settings.default_account_manager_id or ""),
    }
