"""Word templates for quotes, and what stands on every quote about the company itself."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from counterfoil.accounts.models import OperatingCompany, Owned
from counterfoil.crm.quotes.models import Quote


class QuoteTemplate(Owned):
    """A Word template that somebody uploaded and that passed the check.

    The file is kept in the row: a backup of the database has it, and no address serves it.
    """

    name = models.CharField(max_length=100)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    is_default = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "name"], name="quote_template_once"),
            models.UniqueConstraint(
                fields=["operating_company"],
                condition=models.Q(is_default=True),
                name="quote_template_one_default",
            ),
        ]


class TemplateChoice(models.Model):
    """The template that somebody chose for one quote; without `template` it is the built-in one.

    A quote without such a row is written with the company's default, and so is one whose template was removed.
    """

    quote = models.OneToOneField(Quote, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(QuoteTemplate, null=True, on_delete=models.CASCADE, related_name="+")


class Letterhead(models.Model):
    """The company's own address, numbers and terms, as quotes show them."""

    operating_company = models.OneToOneField(
        OperatingCompany, on_delete=models.CASCADE, related_name="letterhead"
    )
    name = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    vat_number = models.CharField(max_length=60, blank=True)
    registration = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    website = models.CharField(max_length=200, blank=True)
    terms = models.TextField(blank=True)
