"""The eyeless browser reads forms as a person sees them."""

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from counterfoil.project.browsing import Browser, NotFound

PAGE = b"""<html><style>p{}</style><p>Hello</p><form action="/take" method="post">
<input type="hidden" name="token" value="t1"><input name="name"><input type="radio" name="who" value="a">
<input type="radio" name="who" value="b" checked><select name="size"><option value="s">S</option>
<option value="m" selected>M</option></select><button name="do" value="go"> Press
me </button></form></html>"""


class Server(http.server.BaseHTTPRequestHandler):
    taken: dict[str, list[str]] = {}

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE if self.path == "/" else b"<p>Thank you</p>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        type(self).taken = parse_qs(body)
        self.send_response(303)
        self.send_header("Location", "/thanks")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pressing_a_button_sends_what_the_form_holds_and_follows_the_redirect(address: str) -> None:
    with Browser() as browser:
        assert browser.open(address).text == "Hello S M Press me"
        browser.press("press me", name="Ada")
        assert browser.page.text == "Thank you"
    assert Server.taken == {"token": ["t1"], "name": ["Ada"], "who": ["b"], "size": ["m"], "do": ["go"]}


def test_a_button_that_is_not_there_is_said(address: str) -> None:
    with Browser() as browser:
        browser.open(address)
        with pytest.raises(NotFound, match="no button 'Connect'"):
            browser.press("Connect")
