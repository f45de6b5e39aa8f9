"""The embedded server: waitress threads and, beside them, the runner."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from waitress import create_server, wasyncore
from waitress.trigger import trigger

from counterfoil.project.oversize import BODY_BYTES, explain_refusals
from counterfoil.project.runner import Runner
from counterfoil.project.stopping import stop_signal
from counterfoil.project.watch import Watch
from counterfoil.project.wsgi import application

THREADS = 8
CLOSE_S = 5.0


class WebServer:
    """waitress in a thread of this process. `port` 0 takes a free one."""

    def __init__(self, *, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        logging.getLogger("waitress").setLevel(logging.WARNING)
        try:
            self._server = create_server(
                application,
                map=self._sockets,
                host=host,
                port=port,
                threads=THREADS,
                ident="",
                clear_untrusted_proxy_headers=True,
                channel_timeout=60,
                max_request_body_size=BODY_BYTES,
            )
        except ValueError:  # waitress has asked for the name's addresses, and there are none
            sys.exit(
                f"{host} is no address of this machine. Nothing was started. Choose another with --host: "
                "127.0.0.1 for this machine alone, 0.0.0.0 for whoever reaches it."
            )
        except OSError as error:
            sys.exit(
                f"Port {port} on {host} cannot be used ({error.strerror}). Nothing was started. "
                "End the other program, or choose another port with --port or another address with --host."
            )
        explain_refusals(self._sockets)
        # A name that stands for several addresses is listened to at each of them.
        several = getattr(self._server, "effective_listen", None)
        self.port = int(several[0][1] if several else self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.task_dispatcher.shutdown()  # answers under way first: their threads need what is closed next
        for one in list(self._sockets.values()):
            if isinstance(one, trigger):  # what it is told to do it does in the server's own thread
                one.pull_trigger(self._close)
                break
        self._thread.join(CLOSE_S)

    def _close(self) -> None:
        wasyncore.close_all(self._sockets)


def serve_until_stopped(*, host: str, port: int, runner: bool) -> None:
    """Serve until Ctrl+C or a termination signal."""
    stop = stop_signal()
    with ExitStack() as stack:
        server = stack.enter_context(WebServer(host=host, port=port))
        stack.enter_context(Watch())
        if runner:
            stack.enter_context(Runner())
        url = settings.CONFIGURATION.url
        print(f"Counterfoil serves {url}, listening on {host}:{server.port} (stop with Ctrl+C)", flush=True)
        if _is_elsewhere(url, server.port):
            print(
                f"To open it on this machine, start it with COUNTERFOIL_URL=http://localhost:{server.port}",
                flush=True,
            )
        stop.wait()
        print("Stopping: the page under way is finished first.", flush=True)


def _is_elsewhere(url: str, port: int) -> bool:
    """Whether the address people are told of is one of this machine, but not where it listens."""
    parts = urlsplit(url)
    return (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1") and (parts.port or 80) != port
    )
