"""Names of files that people bring, made safe to keep and to show. Nothing is ever stored under such a name."""

import unicodedata

NAME_MOST = 200
_ENDING_MOST = 20
# What Windows allows in no name; / and \\ part folders.
_REFUSED = '<>:"|?*'


def safe_name(given: str) -> str:
    """The last part of a path, in at most 200 characters, on one line and without signs that are not seen.

    Those that turn the direction of writing would let "fdp.exe" be read as a PDF. A name of which nothing is left is
    "file". Cutting keeps the ending, by which the receiving computer chooses a program.
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(" " if sign.isspace() else sign for sign in last if sign.isspace() or _is_seen(sign))
    name = " ".join(unicodedata.normalize("NFC", shown).split()).strip(". ")
    if len(name) <= NAME_MOST:
        return name or "file"
    stem, dot, ending = name.rpartition(".")
    kept = f"{dot}{ending}" if stem and len(ending) <= _ENDING_MOST else ""
    return f"{name[: NAME_MOST - len(kept)].rstrip()}{kept}"


def _is_seen(sign: str) -> bool:
    # Cc controls, Cf formats (direction, joiners), Cs halves of signs, Co and Cn nobody's.
    return sign not in _REFUSED and not unicodedata.category(sign).startswith("C")
