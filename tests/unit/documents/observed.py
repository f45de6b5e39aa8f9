"""A program: try files on the engine and report what the interpreter saw them do. Reads a pickle, writes JSON.

The doors stay open unless asked for: what is observed is that nothing reaches for them.
"""

import json
import pickle
import sys

import jinja2

from counterfoil.crm.documents.engine import confinement, words

WATCHED = ("open", "import", "exec", "os.", "socket.", "subprocess.", "shutil.", "ctypes.", "compile")
seen: list[str] = []
watching: set[str] = set()  # not empty while a file is being tried


def watch(event: str, arguments: tuple) -> None:
    if watching and event.startswith(WATCHED) and not is_jinjas_own(event, arguments):
        seen.append(f"{event} {arguments!r}"[:200])


def is_jinjas_own(event: str, arguments: tuple) -> bool:
    """Jinja turns a template into Python; the code is its own, not the template's."""
    if event == "compile":
        return True
    return event == "exec" and arguments[0].co_filename in ("<template>", "<unknown>")


def tried(file: bytes, documents: list) -> dict:
    seen.clear()
    watching.add("it")
    try:
        said, made = words.words({"documents": documents}, file)
    except Exception as error:  # noqa: BLE001  # a file must never get this far
        said, made = {"crashed": f"{type(error).__name__}: {error}"}, b""
    finally:
        watching.clear()
    return {**said, "bytes": len(made), "seen": list(seen)}


given = pickle.loads(sys.stdin.buffer.read())
if not given["has_doors"]:
    confinement.doors_close = lambda: None
words.engine_warm()
if not given["is_sandboxed"]:
    words.Expressions = lambda known=(): jinja2.Environment()  # to see that something would be seen
if not given["has_doors"]:
    tried(given["warm"], given["documents"])
sys.addaudithook(watch)
sys.stdout.write(json.dumps([tried(file, given["documents"]) for file in given["files"]]))
