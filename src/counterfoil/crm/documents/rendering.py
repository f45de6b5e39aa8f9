"""Make files from the document of a quote or a statement, each in a child process with limits of time, memory and output.

What a template does can therefore hurt only that child. Not here: who may make which file.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from counterfoil.crm.documents.errors import DocumentRefused, TemplateRefused
from counterfoil.crm.documents.problems import Problem
from counterfoil.crm.documents.quote_document import QuoteDocument, document_json
from counterfoil.crm.documents.sample import sample_documents
from counterfoil.crm.documents.statement_document import StatementDocument

TIME_S: Final = 10
TEMPLATE_BYTES: Final = 5_000_000
ANSWER_BYTES: Final = 25 * 1024 * 1024
_LOG = logging.getLogger(__name__)
_SOURCE = Path(__file__).resolve().parents[3]
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from counterfoil.crm.documents.engine.__main__ import main; main()"
# Each child may take 400 MB; the rest wait their turn.
_TURN = threading.BoundedSemaphore(2)
# Scripts that the built-in font has. Any other letter lets the PDF borrow the computer's fonts.
_OWN_SCRIPTS: Final = re.compile(r"[\x00-\u058f\u1e00-\u21ff\u2200-\u22ff\u2500-\u27bf\ufb00-\ufb06\ufffd]*")


def quote_docx(document: QuoteDocument, template: bytes | None = None) -> bytes:
    """The quote as a Word document, from `template` or the built-in one. Raises TemplateRefused, DocumentRefused."""
    if template is None:
        template = built_in_template()
    problems, made = _words([document], template)
    if problems:
        raise TemplateRefused(problems)
    return made


def template_check(template: bytes) -> list[Problem]:
    """What keeps `template` from being used: nothing when it is fine. Tries it on two samples."""
    if len(template) > TEMPLATE_BYTES:
        size = len(template) / 1e6
        return [Problem(f"The file has {size:.1f} MB; at most {TEMPLATE_BYTES // 10**6} MB can be used.")]
    if not template.startswith(b"PK"):
        return [Problem("The file is no Word document (.docx). Save it in Word as .docx and upload that.")]
    try:
        return _words(sample_documents(), template)[0]
    except DocumentRefused as refused:
        return [Problem(str(refused))]


def quote_pdf(document: QuoteDocument) -> bytes:
    """The quote as a PDF on A4, from the built-in layout. Raises DocumentRefused."""
    return _pages("quote", document, "pdf")[0]


def quote_pictures(document: QuoteDocument) -> list[bytes]:
    """The pages of `quote_pdf` as PNG, to look at on a screen."""
    return _pages("quote", document, "png")


def statement_pdf(document: StatementDocument) -> bytes:
    """A customer's statement as a PDF on A4. Raises DocumentRefused."""
    return _pages("statement", document, "pdf")[0]


def built_in_template() -> bytes:
    """The Word template that comes with the product, to start one's own from."""
    return resources.files(__package__).joinpath("built_in", "quote.docx").read_bytes()


def _words(documents: Sequence[QuoteDocument], template: bytes) -> tuple[list[Problem], bytes]:
    data = b",".join(document_json(document) for document in documents)
    said, made = _child("words", b'{"documents":[' + data + b"]}", template)
    return [Problem(**problem) for problem in said["problems"]], made


def _pages(layout: str, document: object, form: str) -> list[bytes]:
    data = document_json(document)
    foreign = not _OWN_SCRIPTS.fullmatch(data.decode())
    request = {"layout": layout, "system_fonts": foreign, "format": form}
    said, made = _child("pages", json.dumps(request).encode(), data)
    parts, start = [], 0
    for size in said["sizes"]:
        parts.append(made[start : start + size])
        start += size
    return parts


def _child(work: str, request: bytes, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Have one request served. Files instead of pipes: the child cannot stall on a full one, nor the parent."""
    with _TURN, tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
        asked.write(request + b"\n" + body)
        asked.seek(0)
        process = subprocess.Popen(  # noqa: S603  # our own Python with our own arguments
            [sys.executable, "-I", "-B", "-c", _START, str(_SOURCE), work],
            stdin=asked,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "PYTHONHASHSEED": "0"},
            close_fds=True,
        )
        try:
            code = process.wait(timeout=TIME_S)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.wait()
            raise DocumentRefused(_TOO_LONG) from late
        answer.seek(0)
        return _understood(code, answer.read(ANSWER_BYTES + 1))


def _understood(code: int, answer: bytes) -> tuple[dict[str, Any], bytes]:
    header, _, content = answer.partition(b"\n")
    try:
        said = json.loads(header) if code == 0 else {"failed": "ended", "words": f"exit code {code}"}
    except ValueError:
        said = {"failed": "ended", "words": "no answer that can be read"}
    if "failed" in said:
        _LOG.warning("A document could not be made: %s (%s)", said["failed"], said.get("words", ""))
        raise DocumentRefused(_FAILED.get(said["failed"], _FAILED["ended"]))
    return said, content


_TOO_LONG = (
    f"Making the document took longer than {TIME_S} seconds, so it was stopped. Nothing was kept or sent. "
    "Try again; if it was written with a template of your own, look for loops inside loops in it."
)
_FAILED: Final = {
    "memory": "Making the document needed more memory than it may have. Nothing was kept or sent. Use a smaller template.",
    "refused": "The template tried to do more than fill in fields. Nothing was done, kept or sent.",
    "depth": "The template is nested too deeply to be filled in. Nothing was kept or sent.",
    "ended": "The document could not be made within its limits of time, memory and size. Nothing was kept or sent. "
    "If it was written with a template of your own, use a simpler one.",
}
