"""What documents refuse, by what somebody can do about it."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.crm.documents.problems import Problem


class DocumentRefused(Exception):
    """Nothing was made or sent; the text is a sentence for people that says why and what to do."""


class TemplateRefused(DocumentRefused):
    """A Word template that cannot be filled in; `problems` says where it breaks."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


class MailRefused(DocumentRefused):
    """A mail that cannot be sent as it was written."""
