"""What a rep does on the page of a quote, and what it then says."""

import html
import json
import re
from typing import Any

from django.test import Client
from django.urls import reverse

_TAGS = re.compile(r"<[^>]+>")
LIVE = {"HX-Request": "true"}


def words(answer: Any) -> str:
    """The text of an answer, its tags and idle spaces left out."""
    return " ".join(html.unescape(_TAGS.sub(" ", answer.content.decode())).split())


def part(answer: Any, key: str) -> str:
    """The text of the element with this id, up to the next part of the page."""
    found = answer.content.decode().split(f'id="{key}"', 1)
    if len(found) == 1:
        return ""
    end = re.split(r'id="q-|</section>', found[1], maxsplit=1)[0]
    return " ".join(html.unescape(_TAGS.sub(" ", f"<i {end}")).split())


class Pages:
    """A browser on the pages of quotes."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def page(self, quote: Any) -> Any:
        return self.client.get(reverse("quote", args=[quote.pk]))

    def ask(self, quote: Any, text: str) -> Any:
        return self.client.get(reverse("quote-products", args=[quote.pk]), {"q": text}, headers=LIVE)

    def do(self, quote: Any, act: str, **given: Any) -> Any:
        """What a script sends; the answer is the live parts."""
        return self.client.post(reverse(f"quote-{act}", args=[quote.pk]), given, headers=LIVE)

    def press(self, quote: Any, act: str, **given: Any) -> Any:
        """What a form sends without a script; followed to the page it leads to."""
        return self.client.post(reverse(f"quote-{act}", args=[quote.pk]), given, follow=True)


def event(answer: Any) -> dict[str, Any]:
    """What the answer tells the page's script."""
    told: dict[str, Any] = json.loads(answer.headers.get("HX-Trigger-After-Settle", "{}"))
    return told
