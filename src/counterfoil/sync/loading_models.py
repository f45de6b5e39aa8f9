"""Indexes that wait until tables are filled; see `loading`."""

from __future__ import annotations

from django.db import models


class IndexPutOff(models.Model):
    """`statement` makes it again, exactly as it was."""

    name = models.CharField(max_length=100, unique=True)
    statement = models.TextField()
