"""What every test of a screen begins with: getting in, and looking at a page as all kinds of people see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

from counterfoil.accounts.models import User
from tests.web import world

AUDIT = (Path(__file__).parent / "audit.js").read_text()
WIDTHS = (1440, 768, 360)
EMAIL = "ada@example.com"


def sign_in(page: Page, url: str) -> None:
    """With a session that is there already: the form is another test's, and each of these would wait for it."""
    session = world.browser_of(User.objects.get(email=EMAIL)).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])


def sign_in_by_form(page: Page, url: str) -> None:
    """As a person does; ends on the first page."""
    page.goto(f"{url}/sign-in/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")


def look(page: Page, url: str, picture: Callable[[str], None]) -> list[str]:
    """Open a page in each width and theme; what is wrong with it."""
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    found = []
    page.goto(url)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            problems = page.evaluate(AUDIT)
            found += [f"{url} {theme} {width}: {problem}" for problem in problems]
            picture(f"{theme}-{width}")
    return found + refused
