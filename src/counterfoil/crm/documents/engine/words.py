"""Fill in a Word template with a document's data."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
import zipfile
from typing import Any, Final

from docxtpl import DocxTemplate
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError
from lxml import etree

from counterfoil.crm.documents.engine import confinement
from counterfoil.crm.documents.engine.expressions import Expressions
from counterfoil.crm.documents.engine.package import Unfit, package_check

_PARAGRAPH: Final = re.compile(r"<w:p([ >])")
_TAG: Final = re.compile(r"<[^>]*>")
_SHOWN = 160


class Broken(Exception):
    """Filling in failed at a line; `place` is ready to become a Problem."""

    def __init__(self, sentence: str, **place: Any) -> None:
        super().__init__(sentence)
        self.place = {"sentence": sentence, **place}


class Filled(DocxTemplate):  # type: ignore[misc]  # docxtpl's own types leave it Any here
    """docxtpl, which tells where a template breaks and refuses to mend what came out broken."""

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        lines = _PARAGRAPH.sub(r"\n<w:p\1", src_xml).split("\n")
        try:
            made = str(super().render_xml_part(src_xml, part, context, jinja_env))
        except TemplateError as error:
            raise _broken(error, lines, _part_name(part)) from error
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise _broken(error, lines, _part_name(part)) from error
        _well_formed(made, _part_name(part))
        return made


def words(request: dict[str, Any], template: bytes) -> tuple[dict[str, Any], bytes]:
    """Fill in `template` once per document in the request; the answer is the last one, or the problems."""
    engine_warm()
    confinement.doors_close()
    problems: list[dict[str, Any]] = []
    made = b""
    try:
        package_check(template)
        for document in request["documents"]:
            made = _filled(template, document)
    except Unfit as unfit:
        problems.append({"sentence": str(unfit)})
    except Broken as broken:
        problems.append(broken.place)
    return {"problems": problems}, b"" if problems else made


def engine_warm() -> None:
    """Have everything loaded that the libraries load on first use, while files can still be opened."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"a" * 100)
    zipfile.ZipFile(made).read("a")
    Expressions().from_string("{% for a in b %}{{ loop.index }}{% endfor %}").render(b=["ü"])
    for broken in ("{{ a.b.c }}", "{% for"):
        with contextlib.suppress(TemplateError):
            Expressions().from_string(broken).render()
    etree.fromstring("<a/>")
    for name in ("utf-8", "utf-16", "latin-1", "ascii", "cp437", "unicode-escape"):
        codecs.lookup(name)


def _filled(template: bytes, document: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    try:
        filled = Filled(io.BytesIO(template))
        filled.render(document, Expressions(document), autoescape=True)
        filled.save(made)
    except (Broken, Unfit, MemoryError, RecursionError, confinement.Refused):
        raise
    except TemplateError as error:
        # Title, subject and other properties of the file are templates too.
        raise Broken(sentence_of(error), part="the file's properties", paragraph=1, text="") from error
    except Exception as error:  # python-docx meets what it does not expect in a dozen ways
        raise Unfit(
            "The file is built in a way that cannot be filled in. Open it in Word and save it as .docx again."
        ) from error
    return made.getvalue()


def _broken(error: Exception, lines: list[str], part: str) -> Broken:
    number = _line_number(error)
    text = _text_of(lines[number - 1]) if 0 < number <= len(lines) else ""
    # The first piece is what stands before the first paragraph.
    return Broken(sentence_of(error), part=part, paragraph=max(number - 1, 1), text=text)


def _line_number(error: Exception) -> int:
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    # Walked by hand: the traceback module reads source files to show their lines.
    found, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            found = step.tb_lineno
        step = step.tb_next
    return found


def _text_of(line: str) -> str:
    text = " ".join(_TAG.sub("", line).split())
    for written, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(written, sign)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _part_name(part: Any) -> str:
    name = str(part.partname)
    for word in ("header", "footer", "footnotes"):
        if word in name:
            return {"header": "a page header", "footer": "a page footer"}.get(word, "the footnotes")
    return "the text"


def _well_formed(xml: str, part: str) -> None:
    # docxtpl would quietly throw away what does not fit together, and with it lines of the quote.
    try:
        etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Broken(
            "a “for” or “if” begins in one cell or paragraph and ends in another, so that the filled-in "
            "document falls apart. Put both into rows of their own with {%tr … %}, or into paragraphs of "
            "their own with {%p … %}.",
            part=part,
            paragraph=1,
            text="",
        ) from error


def sentence_of(error: Exception) -> str:
    """What is wrong, in plain words."""
    message = str(getattr(error, "message", None) or error)
    if isinstance(error, UndefinedError | SecurityError):
        return message
    for pattern, sentence in _PLAIN:
        if found := re.search(pattern, message):
            return found.expand(sentence)
    if isinstance(error, TemplateSyntaxError):
        return message if message.endswith(".") else f"{message}."
    return "this cannot be worked out: a field is used in a way that does not suit it."


_PLAIN: Final = (
    (
        r"looking for the following tags: '(end\w+)'.*innermost block.*is '(\w+)'",
        r"“\2” is never closed: “\1” is missing.",
    ),
    (
        r"unknown tag '(\w+)'.*looking for the following tags: .*'(end\w+)'",
        r"“\1” is not known; “\2” was expected here.",
    ),
    (
        r"unknown tag '(\w+)'",
        r"“\1” is not known here. Is it a slip of the pen, or is its beginning missing?",
    ),
    (r"No filter named '(\w+)'", r"there is no filter “\1”."),
    (r"No test named '(\w+)'", r"there is no test “\1”."),
    (r"unexpected '(.*)'", r"“\1” is not expected here."),
    (
        r"unexpected end of template|end of print statement|end of statement block",
        "the braces hold something unfinished.",
    ),
    (r"unexpected char '(.*)' at", r"the sign “\1” is not expected here."),
    (r"expected token '(.*)', got '(.*)'", r"“\1” was expected, but here is “\2”."),
)
