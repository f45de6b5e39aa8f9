"""A mail server that takes nothing, and waiting for what a thread does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError(111, "Connection refused")


def wait_until(done: Callable[[], bool], *, most_s: float = 30.0) -> None:
    """Look until it is so; fails when it does not come to that."""
    ends, pause = time.monotonic() + most_s, threading.Event()
    while not done():
        assert time.monotonic() < ends, "it did not come to that"
        pause.wait(0.05)
