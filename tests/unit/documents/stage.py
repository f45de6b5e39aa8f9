"""Word files for tests: made from lines, or from the built-in template by changing its parts."""

import io
import re
import zipfile
from html import escape, unescape

import docx

from counterfoil.crm.documents.rendering import built_in_template

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_SMALLEST = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}" Target="word/document.xml"/></Relationships>',
}


def word_file(*lines: str) -> bytes:
    """The smallest .docx with one paragraph a line."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    body = f'<w:document xmlns:w="{_WORD}"><w:body>{paragraphs}</w:body></w:document>'
    return packed({name: text.encode() for name, text in (_SMALLEST | {"word/document.xml": body}).items()})


def word_file_as_word_makes_it(*lines: str, header: str = "", title: str = "") -> bytes:
    """A .docx with styles, a page header and properties."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.sections[0].header.paragraphs[0].text = header
    document.core_properties.title = title
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def parts_of(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(**changed: bytes | None) -> bytes:
    """The built-in template with parts replaced, added, or taken away by None; `__` in a name is a slash."""
    parts = parts_of(built_in_template())
    for name, data in changed.items():
        key = name.replace("__", "/")
        parts.pop(key, None)
        if data is not None:
            parts[key] = data
    return packed(parts)


def with_relation(kind: str, target: str) -> bytes:
    """The built-in template with one more relation to something outside it."""
    name = "word/_rels/document.xml.rels"
    relation = (
        '<Relationship Id="rId99" TargetMode="External" Target="%s" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"/></Relationships>'
    )
    parts = parts_of(built_in_template())
    parts[name] = parts[name].replace(b"</Relationships>", (relation % (target, kind)).encode())
    return packed(parts)


def text_of(file: bytes) -> str:
    """The words of a Word file's body, a line for each paragraph."""
    xml = parts_of(file)["word/document.xml"].decode()
    paragraphs = re.findall(r"<w:p[ >].*?</w:p>", xml, flags=re.DOTALL)
    lines = [re.sub(r"<w:br/>|<w:tab/>", " ", paragraph) for paragraph in paragraphs]
    return "\n".join(unescape(re.sub(r"<[^>]*>", "", line)) for line in lines)
