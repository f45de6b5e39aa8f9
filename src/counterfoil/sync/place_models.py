"""The place at an organisation that everything shares which works without the connection's lease (SY-7)."""

from __future__ import annotations

from django.db import models


class CallPlace(models.Model):
    """`until`: when it is free again although its holder has not said so; empty: it is free."""

    tenant_id = models.CharField(max_length=36, unique=True)
    owner = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField(null=True)
