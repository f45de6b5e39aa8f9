"""Forms as the design system draws them."""

from __future__ import annotations

from typing import Any

from django import forms


class PlainForm(forms.Form):
    """Puts the classes of the design system on widgets; `components/field.html` shows the rest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect | forms.HiddenInput):
                field.widget.attrs.setdefault("class", "control")
