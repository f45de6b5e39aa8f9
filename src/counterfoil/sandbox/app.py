"""The ASGI face of the stand-in: bytes in, bytes out, on the paths of Xero under one port.

Pure ASGI for everything that programs call; Starlette only routes the web face. Calls are answered in a pool
of threads, so that several may be in flight, and a fault may end the connection in an ugly way.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.sandbox import door
from counterfoil.sandbox.call import Call, Reply, json_reply
from counterfoil.sandbox.edge import Edge

THREADS = 48
_BODY_MAX = 10_000_000


class SandboxApp:
    """An ASGI application over one ``Edge``."""

    def __init__(self, edge: Edge, *, base_url: str = "http://localhost") -> None:
        self.edge = edge
        self.base_url = base_url
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sandbox")
        self._face: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path == "/face" or path.startswith("/face/"):
            await self._web_face()(scope, receive, send)
            return
        body = await _body_of(receive)
        if body is None:
            await _deliver(json_reply({"Message": "The body is too large."}, status=413), receive, send)
            return
        call = _call_of(scope, body)
        answer = self._control(scope) if path.startswith("/control") else self._door
        reply = await asyncio.get_running_loop().run_in_executor(self._pool, answer, call)
        try:
            await _deliver(reply, receive, send)
        finally:
            if reply.sent:
                reply.sent()

    def _door(self, call: Call) -> Reply:
        self.edge.tick()
        return door.open_to(self.edge, call, base_url=self.base_url)

    def _control(self, scope: Scope) -> Callable[[Call], Reply]:
        from counterfoil.sandbox import control

        near = _is_loopback((scope.get("client") or ("",))[0])
        return lambda call: control.serve(self.edge, call, near=near)

    def _web_face(self) -> ASGIApp:
        if self._face is None:
            from counterfoil.sandbox import screens

            self._face = Starlette(routes=screens.routes(self.edge.world))
        return self._face

    def close(self) -> None:
        """Let waiting faults end and the threads go."""
        self.edge.faults.stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _body_of(receive: Receive) -> bytes | None:
    """The whole request body, or None when it is larger than Xero takes (10 MB, xero-facts 3.9)."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _BODY_MAX:
            return None
        if not message.get("more_body"):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _call_of(scope: Scope, body: bytes) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Call(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _start(reply: Reply) -> dict[str, Any]:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.content_type is not None and (reply.body or reply.status != 204):
        headers.append((b"content-type", reply.content_type.encode()))
    if reply.status not in (204, 304):
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


async def _deliver(reply: Reply, receive: Receive, send: Send) -> None:
    """Send the answer the way its delivery says."""
    way = reply.delivery
    if way.delay_s:
        await asyncio.sleep(way.delay_s)
    if way.kind == "never":
        await _until_gone(receive)
        return
    if way.kind == "reset":
        _reset(send)
        return
    await send(_start(reply))
    half = len(reply.body) // 2
    if way.kind in ("cut", "reset_midway"):
        await send({"type": "http.response.body", "body": reply.body[:half], "more_body": True})
        if way.kind == "reset_midway":
            await asyncio.sleep(0)
            _reset(send)
        return
    if way.kind == "drip":
        await _drip(reply.body, way.bytes_per_s, receive, send)
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(body: bytes, bytes_per_s: float, receive: Receive, send: Send) -> None:
    gone = asyncio.ensure_future(_until_gone(receive))
    step = max(1, int(bytes_per_s / 20))
    try:
        for place in range(0, len(body), step):
            if gone.done():
                return
            await send({"type": "http.response.body", "body": body[place : place + step], "more_body": True})
            await asyncio.sleep(step / bytes_per_s)
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


def _reset(send: Send) -> None:
    """End the connection with RST. Reaches into uvicorn, whose ``send`` is a method of its request cycle."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return
    plain = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
