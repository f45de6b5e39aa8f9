"""Styles and scripts as a browser gets them from a served installation: small, and kept until they change."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: the files are collected where the application is made, as in production.
BROWSE = """
import gzip, json, re, sys
from wsgiref.util import setup_testing_defaults
from counterfoil.project.wsgi import application

def get(path):
    environ = {"PATH_INFO": path, "HTTP_HOST": "localhost", "HTTP_ACCEPT_ENCODING": "gzip"}
    setup_testing_defaults(environ)
    told = []
    body = b"".join(application(environ, lambda status, headers: told.append((status, dict(headers)))))
    return told[0][0], told[0][1], body

from django.template.loader import get_template
page = get_template("layout/page.html").render({})
found = {}
paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page) + ["/static/tokens.css"]
for path in paths:
    status, headers, body = get(path)
    text = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    found[path] = [status, headers, len(body), len(text)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Path → status, headers, bytes on the wire, bytes of the file."""
    home = tmp_path_factory.mktemp("installation")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    source = Path(__file__).parents[2] / "src"
    environ |= {"COUNTERFOIL_HOME": str(home), "COUNTERFOIL_RATES_URL": "", "PYTHONPATH": str(source)}
    ran = subprocess.run(
        [sys.executable, "-c", BROWSE], check=False, capture_output=True, text=True, env=environ, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.strip().splitlines()[-1])


def test_what_a_page_names_is_kept_for_good_under_a_name_of_its_contents(seen):
    named = {path: row for path, row in seen.items() if path != "/static/tokens.css"}
    assert len(named) > 8
    for path, (status, headers, _, _) in named.items():
        assert status == "200 OK"
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", path)
        assert "immutable" in headers["Cache-Control"]


def test_a_first_visit_takes_less_than_200_kilobytes(seen):
    assert sum(wire for _, _, wire, _ in seen.values()) < 200_000
    assert sum(whole for _, _, _, whole in seen.values()) > 700_000


def test_a_plain_name_still_works_and_is_asked_for_again_soon(seen):
    status, headers, _, _ = seen["/static/tokens.css"]
    assert (status, headers["Cache-Control"]) == ("200 OK", "max-age=60, public")
