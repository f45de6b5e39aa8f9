"""A server of ready-made pages: what the stand-in would answer, rendered and compressed before anybody asks.

    python -m benchmarks.pages --invoices 10000

It is the stand-in's own seed and its own answers, so the bytes are those of the stand-in; but each is made
once and then handed out from memory by one small event loop, so that the server is not what is measured.
Consent, tokens and connections are the stand-in's. Reads need no token here, so that the floors, which know
nothing of OAuth, ask the same server. It prints its address, and ends when its input ends.

    GET /bench/counters      calls and bytes of data answers since the last reset, and the seconds it took to
                             render those that were not ready
    GET /bench/reset         forget the counters
    GET /bench/change?n=100  ten minutes later a person changes n records: invoices, one in ten a contact
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import sys
import time
import zlib
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks.sets import CLIENT_ID, CLIENT_SECRET, REDIRECT, TURNS, Size
from counterfoil.sandbox import actions, door
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.call import Call, Reply
from counterfoil.sandbox.edge import Edge
from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.server import loopback_socket
from counterfoil.sandbox.world import World
from counterfoil.xero import endpoints

PREFIX = "/api.xro/2.0/"
PAGE_SIZE = 1000
FACTS = (endpoints.ORGANISATION, endpoints.ACTIONS)
_HEADER = re.compile(rb"\r\n([A-Za-z0-9-]+):[ \t]*([^\r\n]*)")


def _with_suppliers(size: Size) -> SeedData:
    """The books, with those who get purchase orders marked as suppliers, as bills would mark them.

    Without the mark the product reads each of them once more, by id (SY-2), which the formula for the calls of
    a first read leaves out.
    """
    books = load("sized", **size.as_seed())[0]
    ordered_from = {
        order["Contact"]["ContactID"] for order in load("sized", **size.as_seed())[0].purchase_orders
    }
    contacts = books.contacts
    books.contacts = (
        contact | ({"IsSupplier": True} if contact["ContactID"] in ordered_from else {})
        for contact in contacts
    )
    return books


class Pages:
    """The books of one stand-in, and its answers by what was asked."""

    def __init__(self, size: Size) -> None:
        app = RegisteredApp(CLIENT_ID, CLIENT_SECRET, redirect_uris=(REDIRECT,), tier="core")
        self.edge = Edge(World(), apps=(app,), seeds=[_with_suppliers(size)], limits=False)
        self.organisation = next(iter(self.edge.world.organisations.values()))
        self.kept: dict[tuple[str, str], bytes] = {}
        self.calls = self.bytes = 0
        self.render_s = 0.0
        self._changed = 0

    def render_all(self) -> None:
        """Every answer of a first read."""
        for endpoint in endpoints.ALL:
            pages = 1
            if endpoint.paged:
                pages = max(1, math.ceil(self._count(endpoint.path) / PAGE_SIZE))
            for page in range(1, pages + 1):
                query = endpoint.query(page=page, page_size=PAGE_SIZE)
                self.data(f"{PREFIX}{endpoint.path}?{urlencode(query)}", "")
        self.calls = self.bytes = 0

    def _count(self, path: str) -> int:
        names = {
            "Contacts": "contacts",
            "Invoices": "invoices",
            "CreditNotes": "credit_notes",
            "PurchaseOrders": "purchase_orders",
            "Payments": "payments",
        }
        return len(getattr(self.organisation.store, names[path]))

    def data(self, target: str, since: str) -> bytes:
        """One data answer as it goes over the wire."""
        kept = self.kept.get((target, since))
        if kept is None:
            parts = urlsplit(target)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            same = (f"{parts.path}?{urlencode(sorted(query.items()))}", since)
            kept = self.kept.get(same)
            if kept is None:
                begun = time.perf_counter()
                kept = self.kept[same] = self._rendered(parts.path, query, since)
                self.render_s += time.perf_counter() - begun
            self.kept[target, since] = kept
        self.calls += 1
        self.bytes += int(kept[: kept.index(b"\r\n\r\n")].rpartition(b" ")[2])
        return kept

    def _rendered(self, path: str, query: dict[str, str], since: str) -> bytes:
        headers = {"accept": "application/json", "if-modified-since": since}
        request = Request(
            "GET",
            path.removeprefix(PREFIX),
            query=query,
            headers=headers,
            app_id=CLIENT_ID,
            app_name="Counterfoil",
        )
        response = answer(self.edge.world, self.organisation, request)
        squeezer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        body = squeezer.compress(response.body) + squeezer.flush()
        return (
            f"HTTP/1.1 {response.status} OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def change(self, count: int) -> None:
        """A person changes `count` records that were never changed before; one in ten is a contact."""
        store = self.organisation.store
        self.edge.world.clock.advance(600)
        self._changed += 1
        contacts = [key for n, key in enumerate(store.contacts.rows) if n % 40 != 39 and self._turn(n)][
            : count // 10
        ]
        for key in contacts:
            actions.contact_edit(self.organisation, key, FirstName=f"Renamed{self._changed}")
        place = store.invoices.fields["status"]
        open_ones = [
            row.key
            for n, row in enumerate(list(store.invoices.rows.values()))
            if row.facts[place] == "AUTHORISED" and self._turn(n)
        ]
        for key in open_ones[: count - len(contacts)]:
            actions.invoice_edit(self.organisation, key, Reference=f"Changed {self._changed}")
        self.kept.clear()

    def _turn(self, number: int) -> bool:
        """Other records each time, spread over the books."""
        return number % TURNS == self._changed % TURNS

    def other(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        """Consent, tokens and connections, and our own questions."""
        parts = urlsplit(target)
        if parts.path.startswith("/bench/"):
            return _plain(self._bench(parts.path.removeprefix("/bench/"), dict(parse_qsl(parts.query))))
        reply = door.open_to(self.edge, Call(method, parts.path, parts.query, headers, body), base_url="")
        return _http(reply)

    def _bench(self, what: str, given: dict[str, str]) -> dict[str, float]:
        if what == "reset":
            self.calls = self.bytes = 0
            self.render_s = 0.0
        elif what == "change":
            self.change(int(given["n"]))
        return {"calls": self.calls, "bytes": self.bytes, "render_s": self.render_s}


def _plain(value: object) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _http(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} X"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.content_type:
        lines.append(f"Content-Type: {reply.content_type}")
    lines.append(f"Content-Length: {len(reply.body)}")
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


class _Door(asyncio.Protocol):
    """One connection."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            method, target, _ = head[: head.find(b"\r\n")].decode().split(" ")
            headers = {name.decode().lower(): text.decode() for name, text in _HEADER.findall(head)}
            length = int(headers.get("content-length", 0))
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            if target.startswith(PREFIX):
                answered = self._pages.data(target, headers.get("if-modified-since", ""))
            else:
                answered = self._pages.other(method, target, headers, body)
            self._transport.write(answered)


async def serve(pages: Pages) -> None:
    loop = asyncio.get_running_loop()
    listener = loopback_socket(0)
    await loop.create_server(lambda: _Door(pages), sock=listener)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--invoices", type=int, default=10_000)
    pages = Pages(Size(parser.parse_args().invoices))
    pages.render_all()
    asyncio.run(serve(pages))


if __name__ == "__main__":
    main()
