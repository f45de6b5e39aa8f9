from __future__ import annotations

from typing import Any

from django import forms

from counterfoil.web.forms import PlainForm

_MONO = {"autocomplete": "off", "spellcheck": "false", "class": "control mono"}
SCOPES = (
    ("granular", "Since 2 March 2026 (granular permissions)"),
    ("broad", "Before 2 March 2026 (broad permissions)"),
)


class CustomForm(PlainForm):
    """The id and secret of a custom connection."""

    client_id = forms.CharField(
        label="Client id", max_length=200, required=False, widget=forms.TextInput(attrs=_MONO)
    )
    client_secret = forms.CharField(
        label="Client secret",
        max_length=200,
        required=False,
        help_text="Kept sealed and never shown again.",
        widget=forms.PasswordInput(attrs=_MONO),
    )
    scopes = forms.ChoiceField(
        label="When was the app made?",
        choices=SCOPES,
        initial="granular",
        help_text="Newer apps know the granular permissions only; the broad ones end in September 2027.",
    )


class AppForm(CustomForm):
    """The id and secret of a web app."""

    for_all = forms.BooleanField(
        label="For all operating companies of this installation",
        required=False,
        help_text="Otherwise for this one only. Several organisations that one person connects share their tokens.",
    )

    def __init__(self, *args: Any, may_set_for_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_set_for_all:
            self.fields["for_all"].disabled = True
            self.fields["for_all"].help_text = "Only for somebody who administers all of them."
        if self.initial.get("client_id"):
            self.fields["client_secret"].help_text = "Stored, sealed. Leave it empty to keep it."
