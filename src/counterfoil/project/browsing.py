"""A browser without eyes: enough to click through server-rendered pages as a person would.

It follows redirects, keeps cookies per host, and submits forms with their hidden fields. Used by
the demo's unattended check, so that the check walks over the real pages.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

REDIRECTS = 10
OK = 200
# The field of every form that proves that it is from a page of ours, and what says that a change was refused.
SECRET, REFUSED = "csrfmiddlewaretoken", "quote-refused"


class NotFound(Exception):
    """The page lacks what a person would click on; says which page and what was looked for."""


@dataclass
class Form:
    """A form as it stands on the page. `buttons`: text → (name, value); `more`: further ticks of the same name."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    more: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects forms and the text of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._label: list[str] = []
        self._select = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and tag == "input":
            self._input(self._form, given)
        elif self._form is not None and tag == "button":
            self._button, self._label = (given.get("name", ""), given.get("value", "")), []
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._form is not None and self._select:
            self._form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "button" and self._form is not None and self._button is not None:
            self._form.buttons[" ".join(" ".join(self._label).split())] = self._button
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.text.append(data)
        if self._button is not None:
            self._label.append(data)

    @staticmethod
    def _input(form: Form, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        if kind == "submit":
            form.buttons[given.get("value", "")] = (name, given.get("value", ""))
        elif name and kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given and name in form.fields:
                form.more.append((name, given.get("value", "on")))
            elif "checked" in given:
                form.fields[name] = given.get("value", "on")
        elif name:
            form.fields[name] = given.get("value", "")


@dataclass(frozen=True)
class Page:
    """What the browser shows now."""

    url: str
    status: int
    html: str
    forms: list[Form]
    text: str


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._http = httpx2.Client(timeout=60, follow_redirects=False, trust_env=False)
        self.page = Page("", 0, "", [], "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def open(self, url: str) -> Page:
        """Go to an address, following redirects."""
        return self._go("GET", urljoin(self.page.url, url), None)

    def press(self, button: str, **fill: str) -> Page:
        """Press the first button whose text begins with `button`, with some fields filled in."""
        form, given = self._button(button)
        return self._submit(form, form.fields | fill | given)

    def press_twice(self, button: str) -> Page:
        """An impatient double click: the same form leaves twice at the same moment."""
        form, given = self._button(button)
        with ThreadPoolExecutor(2) as fingers:
            clicks = [fingers.submit(self._submit, form, form.fields | given) for _ in range(2)]
        first, second = (click.result() for click in clicks)
        self.page = first
        return second

    def change(self, path: str, **fields: str) -> None:
        """What the page's script does when a field is left: send it, and show the part that comes back.

        The page stays where it is. Raises NotFound unless the change was taken.
        """
        secret = next((form.fields[SECRET] for form in self.page.forms if SECRET in form.fields), "")
        headers = {"HX-Request": "true", "X-CSRFToken": secret, "Referer": self.page.url}
        url = urljoin(self.page.url, path)
        answer = self._http.post(url, data=fields, headers=headers)
        if answer.status_code != OK or REFUSED in answer.headers.get("HX-Trigger-After-Settle", ""):
            raise NotFound(f"{url} did not take {fields} (status {answer.status_code})")

    def _button(self, button: str) -> tuple[Form, dict[str, str]]:
        for form in self.page.forms:
            for text, (name, value) in form.buttons.items():
                if text.lower().startswith(button.lower()):
                    return form, {name: value} if name else {}
        raise NotFound(f"{self.page.url} has no button {button!r} (status {self.page.status})")

    def _submit(self, form: Form, fields: dict[str, str]) -> Page:
        url = urljoin(self.page.url, form.action or self.page.url)
        sent = urlencode([*fields.items(), *form.more])
        if form.method == "post":
            return self._go("POST", url, sent)
        return self._go("GET", urlsplit(url)._replace(query=sent).geturl(), None)

    def _go(self, method: str, url: str, body: str | None) -> Page:
        referer = self.page.url
        for _ in range(REDIRECTS):
            headers = {"Referer": referer} if referer else {}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = self._http.request(method, url, content=body, headers=headers)
            if answer.status_code not in (301, 302, 303, 307, 308):
                return self._show(str(answer.url), answer.status_code, answer.text)
            url, method, body = urljoin(url, answer.headers["location"]), "GET", None
        raise NotFound(f"{url} redirects without end")

    def _show(self, url: str, status: int, html: str) -> Page:
        reader = _Reader()
        reader.feed(html)
        self.page = Page(url, status, html, reader.forms, " ".join(" ".join(reader.text).split()))
        return self.page
