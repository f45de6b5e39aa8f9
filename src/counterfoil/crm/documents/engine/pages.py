"""Set a document's pages with Typst, from a built-in layout. Data reach it as JSON, never as text to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import typst

_HERE: Final = Path(__file__).resolve().parent.parent
_LAYOUTS: Final = {"quote": "quote.typ", "statement": "statement.typ"}
_PICTURE_PPI: Final = 110.0


def pages(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """`data` is the document as JSON; `layout` names its own; `system_fonts` says that it holds scripts our own fonts lack.

    The answer's `sizes` part the bytes: one PDF, or a PNG per page.
    """
    template = _HERE / "built_in" / _LAYOUTS[request["layout"]]
    # A folder that is not there: no package of others is ever found or fetched.
    nowhere = template.parent / "no-packages"
    compiler = typst.Compiler(
        template,
        root=template.parent,
        font_paths=[_HERE / "fonts"],
        ignore_system_fonts=not request["system_fonts"],
        sys_inputs={"document": data.decode()},
        package_path=nowhere,
        package_cache_path=nowhere,
    )
    made = compiler.compile(format=request["format"], ppi=_PICTURE_PPI)
    parts = [part for part in (made if isinstance(made, list) else [made]) if part is not None]
    return {"sizes": [len(part) for part in parts]}, b"".join(parts)
