import io
import random
import zipfile

import pytest

from counterfoil.crm.documents.rendering import TEMPLATE_BYTES, built_in_template, template_check
from tests.unit.documents.observing import observed
from tests.unit.documents.stage import packed, parts_of, with_parts, with_relation, word_file

TYPES = "[Content_Types].xml"
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    b"<w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    + b"]><l>&m;</l>"
)


def mutated(seed: int) -> bytes:
    """The built-in template, damaged in a way that `seed` decides."""
    rng = random.Random(seed)
    file, parts = built_in_template(), parts_of(built_in_template())
    name = rng.choice(sorted(parts))
    data = bytearray(file)
    match seed % 6:
        case 0:
            return file[: rng.randrange(len(file))]
        case 1:
            for _ in range(rng.randint(1, 40)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            return bytes(data)
        case 2:
            return packed({key: part for key, part in parts.items() if key != name})
        case 3:
            return packed(parts | {name: rng.randbytes(rng.randrange(5000))})
        case 4:
            return packed(parts | {name: parts[name][: rng.randrange(len(parts[name]))]})
        case _:
            return rng.randbytes(rng.randrange(4000)) + file[rng.randrange(len(file)) :]


def encrypted(file: bytes) -> bytes:
    """Every entry says that it needs a password."""
    data = bytearray(file)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def understated(file: bytes, name: str) -> bytes:
    """The directory says that one entry is small; unpacked it is not."""
    data = bytearray(file)
    at = data.rfind(name.encode()) - 46
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


BOMB = b"\0" * 59_000_000
NAMED = {
    "empty": b"",
    "text": b"Dear customer",
    "a pdf": b"%PDF-1.7\n%%EOF",
    "an old .doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "an empty zip": packed({}),
    "a zip of something else": packed({"a.txt": b"a"}),
    "a zip cut to its mark": b"PK\x03\x04",
    "no content types": with_parts(**{TYPES: None}),
    "types of a spreadsheet": with_parts(
        **{
            TYPES: parts_of(built_in_template())[TYPES].replace(
                b"wordprocessingml.document", b"spreadsheetml.sheet"
            )
        }
    ),
    "types of a macro document": with_parts(
        **{
            TYPES: parts_of(built_in_template())[TYPES].replace(
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                b"application/vnd.ms-word.document.macroEnabled.main+xml",
            )
        }
    ),
    "no document": with_parts(word__document=None, **{"word/document.xml": None}),
    "an outside entity": with_parts(**{"word/document.xml": XXE}),
    "an outside entity in UTF-16": with_parts(
        **{"word/document.xml": XXE.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")}
    ),
    "entities within entities": with_parts(**{"word/document.xml": LAUGHS}),
    "entities in the properties": with_parts(**{"docProps/core.xml": LAUGHS}),
    "macros": with_parts(**{"word/vbaProject.bin": b"x"}),
    "an embedded object": with_parts(**{"word/embeddings/oleObject1.bin": b"x"}),
    "a foreign chunk": with_parts(**{"word/afchunk1.html": b"<script>alert(1)</script>"}),
    "a name outside": packed(parts_of(built_in_template()) | {"../../evil.xml": b"<a/>"}),
    "an absolute name": packed(parts_of(built_in_template()) | {"/etc/cron.d/evil": b"x"}),
    "a bomb": packed(parts_of(built_in_template()) | {"word/media/a.png": BOMB, "word/media/b.png": BOMB}),
    "a bomb that lies": understated(
        packed(parts_of(built_in_template()) | {"word/media/a.png": b"\0" * 70_000_000}), "word/media/a.png"
    ),
    "a long document": with_parts(**{"word/document.xml": b"<a>" + b" " * 21_000_000 + b"</a>"}),
    "many parts": packed(parts_of(built_in_template()) | {f"x/{i}.txt": b"" for i in range(1001)}),
    "a password": encrypted(built_in_template()),
    "a picture elsewhere": with_relation("image", "http://evil.example/p.png"),
    "a picture on a share": with_relation("image", "\\\\evil.example\\p.png"),
    "a template elsewhere": with_relation("attachedTemplate", "http://evil.example/t.dotm"),
    "a frame elsewhere": with_relation("frame", "file:///etc/hostname"),
    "a link that runs": with_relation("hyperlink", "javascript:alert(1)"),
}


@pytest.fixture(scope="module")
def outcomes():
    files = NAMED | {f"damage {seed}": mutated(seed) for seed in range(60)}
    return dict(zip(files, observed(list(files.values())), strict=True))


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_cannot_be_a_template_is_refused_with_a_sentence(name, outcomes):
    [problem] = outcomes[name]["problems"]
    assert problem["sentence"].endswith(".")


def test_damage_of_any_kind_is_refused_or_does_no_harm(outcomes):
    crashed = {name: outcome["crashed"] for name, outcome in outcomes.items() if "crashed" in outcome}
    assert crashed == {}
    damaged = [outcome for name, outcome in outcomes.items() if name.startswith("damage")]
    assert sum(bool(outcome["problems"]) for outcome in damaged) > 40
    assert all(bool(outcome["problems"]) != bool(outcome["bytes"]) for outcome in damaged)


def test_no_file_makes_the_engine_open_start_or_load_anything(outcomes):
    assert {name: outcome["seen"] for name, outcome in outcomes.items() if outcome["seen"]} == {}


def test_a_file_over_five_megabytes_is_not_even_opened():
    [problem] = template_check(b"PK" + b"x" * TEMPLATE_BYTES)
    assert problem.sentence == "The file has 5.0 MB; at most 5 MB can be used."


def test_a_bomb_is_refused_by_the_confined_child_too():
    [problem] = template_check(NAMED["a bomb"])
    assert "more than 60 MB" in problem.sentence


@pytest.mark.parametrize("word", ["DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE"])
def test_a_field_that_fetches_or_starts_something_is_refused(word):
    # Split over two runs, as Word does and as those do who hide it.
    run = '<w:r><w:instrText xml:space="preserve">%s</w:instrText></w:r>'
    fields = (run % word[:3] + run % (word[3:] + " c:\\\\cmd.exe")).encode()
    parts = parts_of(word_file("hello"))
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:r>", fields + b"<w:r>", 1)
    [problem] = template_check(packed(parts))
    assert word in problem.sentence


def test_an_ordinary_link_is_welcome():
    assert template_check(with_relation("hyperlink", "https://northwind.example")) == []


def test_what_tests_call_packed_is_a_zip():
    assert zipfile.ZipFile(io.BytesIO(packed({"a": b"b"}))).read("a") == b"b"
