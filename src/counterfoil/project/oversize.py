"""Requests that are larger than anything Counterfoil accepts, refused before they are read.

Files may have 10 MB, and their forms say so; there is room above, so that whoever chose a somewhat larger one reads
that sentence on the page and not the one here.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error, RequestEntityTooLarge

BODY_BYTES = 20_000_000


class TooLarge(Error):  # type: ignore[misc]
    """What a person reads who sent too much."""

    code, reason = RequestEntityTooLarge.code, RequestEntityTooLarge.reason

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        words = (
            f"This is more than Counterfoil accepts at once ({BODY_BYTES // 10**6} MB). Nothing of it was kept. "
            "Go back and choose a smaller file.\n"
        )
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], words.encode()


class _Refusal(ErrorTask):  # type: ignore[misc]
    def execute(self) -> None:
        if isinstance(self.request.error, RequestEntityTooLarge):
            self.request.error = TooLarge("")
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def explain_refusals(sockets: dict[int, object]) -> None:
    """Have the servers among `sockets` say in words why a request was too large."""
    for one in sockets.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = _Channel
