"""Is a file a Word document that is safe to fill in and to send on? Reads it, changes nothing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final

from lxml import etree

ENTRIES: Final = 1000
UNPACKED_BYTES: Final = 60_000_000
XML_BYTES: Final = 20_000_000
DOCUMENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO_TYPE: Final = "application/vnd.ms-word.document.macroEnabled.main+xml"
TYPES: Final = "[Content_Types].xml"
# What Word would fetch or start when the customer opens the quote.
_ACTIVE_PARTS: Final = re.compile(
    r"vbaproject|activex|/embeddings/|oleobject|\.bin$|afchunk|/customui", re.IGNORECASE
)
_FIELDS: Final = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|EMBED|MACROBUTTON)\b"
)
_LINKS: Final = ("http://", "https://", "mailto:", "tel:")
_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Unfit(Exception):
    """The file is not used; the text says why, for the person who uploaded it."""


def package_check(content: bytes) -> None:
    """Raise Unfit unless `content` is a plain .docx without bombs, outside entities, macros or remote parts."""
    archive = _archive(content)
    if TYPES not in archive.namelist():
        raise Unfit("The file is no Word document. Save it in Word as .docx and upload that.")
    left = UNPACKED_BYTES
    for entry in archive.infolist():
        data = _entry(archive, entry, left)
        left -= len(data)
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            _xml_check(entry.filename, data)


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as error:
        raise Unfit(
            "The file is no Word document, or it is damaged. Save it in Word as .docx again."
        ) from error
    names = [entry.filename for entry in entries]
    if len(names) > ENTRIES or len(set(names)) < len(names):
        raise Unfit(
            "The file is packed in a way Word does not pack documents. Save it in Word as .docx again."
        )
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise Unfit(f"Unpacked, the file has more than {UNPACKED_BYTES // 10**6} MB. Use smaller pictures.")
    for name in names:
        _name_check(name)
    return archive


def _name_check(name: str) -> None:
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\0" in name:
        raise Unfit("The file names places outside itself. Save it in Word as .docx again.")
    if _ACTIVE_PARTS.search(name):
        raise Unfit(
            "The file holds macros or embedded objects, which templates may not. "
            "Remove them in Word and save as .docx."
        )


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    if entry.flag_bits & 1:
        raise Unfit("The file is protected by a password. Save it without one.")
    try:
        with archive.open(entry) as file:
            # One byte more than is allowed: what an entry declares of itself may be a lie.
            data = file.read(left + 1)
    except Exception as error:  # zipfile and its decompressors raise a dozen kinds
        raise Unfit("The file is damaged. Save it in Word as .docx again.") from error
    if len(data) > left:
        raise Unfit(f"Unpacked, the file has more than {UNPACKED_BYTES // 10**6} MB. Use smaller pictures.")
    return data


def _xml_check(name: str, data: bytes) -> None:
    if len(data) > XML_BYTES:
        raise Unfit("The document is too long for a template.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unfit("The file is damaged inside. Open it in Word and save it as .docx again.") from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Unfit(
            "The file declares entities of its own, which Word never does. Save it in Word as .docx again."
        )
    if name == TYPES:
        _type_check(root)
    elif name.endswith(".rels"):
        _relations_check(root)
    else:
        _fields_check(root)


def _type_check(root: etree._Element) -> None:
    kinds = {each.get("ContentType") for each in root}
    if MACRO_TYPE in kinds:
        raise Unfit("The file is a document with macros (.docm). Save it in Word as .docx.")
    if DOCUMENT_TYPE not in kinds:
        raise Unfit(
            "The file is no Word document (.docx). Templates of Word (.dotx) and others must be saved as .docx."
        )


def _relations_check(root: etree._Element) -> None:
    for each in root:
        outside = (each.get("TargetMode") or "").lower() == "external"
        kind = (each.get("Type") or "").rsplit("/", 1)[-1]
        target = (each.get("Target") or "").strip()
        if not outside and "://" not in target and not target.startswith(("\\\\", "//")):
            continue
        if kind == "hyperlink" and target.lower().startswith(_LINKS):
            continue
        if kind == "attachedTemplate":
            # Documents made from a company's own .dotx name it; the customer's Word would go and ask for it.
            raise Unfit(
                "The document is attached to a template elsewhere. In Word choose Developer, Document "
                "Template, and clear the name there; then save and upload again."
            )
        raise Unfit(
            f"The file takes a part from elsewhere ({target[:80]}). Insert pictures into the document, without a link."
        )


def _fields_check(root: etree._Element) -> None:
    for code in _field_codes(root):
        if found := _FIELDS.search(code):
            raise Unfit(
                f"The document holds a field of the kind {found.group(1)}, which fetches or starts "
                "something when the customer opens it. Replace it by plain text."
            )


def _field_codes(root: etree._Element) -> Iterator[str]:
    """Each field's code; Word splits one over several runs, so those of a paragraph are read together."""
    for paragraph in root.iter(f"{_WORD}p"):
        yield "".join(part.text or "" for part in paragraph.iter(f"{_WORD}instrText"))
    for field in root.iter(f"{_WORD}fldSimple"):
        yield field.get(f"{_WORD}instr") or ""
