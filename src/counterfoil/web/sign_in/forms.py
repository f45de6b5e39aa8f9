from __future__ import annotations

import pycountry
from babel import numbers
from django import forms

from counterfoil.web.forms import PlainForm

LONG_ENOUGH = "At least 12 characters; a few words in a row are easiest to keep in mind."
COUNTRIES = sorted(((c.alpha_2, c.name) for c in pycountry.countries), key=lambda pair: pair[1])


class SignInForm(PlainForm):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class NewPasswordForm(PlainForm):
    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=200,
        help_text=LONG_ENOUGH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ChangePasswordForm(NewPasswordForm):
    old = forms.CharField(
        label="Current password",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password")


class FirstRunForm(PlainForm):
    name = forms.CharField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text=LONG_ENOUGH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    company_name = forms.CharField(
        label="Operating company",
        max_length=200,
        help_text="The legal entity that trades. More can be added later.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    home_currency = forms.CharField(label="Home currency", max_length=3, min_length=3, initial="GBP")
    home_country = forms.ChoiceField(label="Home country", choices=COUNTRIES, initial="GB")

    def clean_home_currency(self) -> str:
        code = str(self.cleaned_data["home_currency"]).upper()
        if code not in numbers.list_currencies():
            raise forms.ValidationError(
                "This is not a currency code. Give three letters such as GBP, EUR or USD."
            )
        return code
