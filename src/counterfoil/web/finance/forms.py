from __future__ import annotations

from django import forms

from counterfoil.web.forms import PlainForm


class CurrencyForm(PlainForm):
    code = forms.CharField(
        label="Currency code", min_length=3, max_length=3, help_text="Three letters, such as EUR."
    )


class RateForm(PlainForm):
    code = forms.CharField(max_length=3, widget=forms.HiddenInput)
    per_home = forms.DecimalField(
        label="Rate", max_digits=18, decimal_places=10, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
