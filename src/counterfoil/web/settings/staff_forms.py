from __future__ import annotations

from django import forms

from counterfoil.accounts.companies import COLOURS
from counterfoil.accounts.roles import EFFECTS
from counterfoil.web.forms import PlainForm

ROLES = [(role.value, role.label) for role in EFFECTS]


class MemberForm(PlainForm):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label="Name", max_length=150, required=False)
    role = forms.ChoiceField(label="Role", choices=ROLES, initial="sales")


class CompanyForm(PlainForm):
    name = forms.CharField(
        label="Name of the operating company",
        max_length=200,
        help_text="As people here call it. What Xero calls the organisation stays as it is.",
    )
    colour = forms.ChoiceField(
        label="Colour of the operating company",
        choices=COLOURS,
        widget=forms.RadioSelect,
        help_text="At the top of every page, so that nobody works in the wrong one.",
    )


class AddCompanyForm(PlainForm):
    new_name = forms.CharField(label="Name", max_length=200)
