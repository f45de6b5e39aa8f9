"""Try many files on the engine in one process of its own, and be told what each of them did."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from counterfoil.crm.documents.engine.__main__ import _decimals
from counterfoil.crm.documents.quote_document import document_json
from counterfoil.crm.documents.rendering import built_in_template
from counterfoil.crm.documents.sample import sample_documents

HERE = Path(__file__).parent
SOURCE = HERE.parents[2] / "src"


def observed(
    files: list[bytes], *, is_sandboxed: bool = True, has_doors: bool = False
) -> list[dict[str, Any]]:
    """What each file did; without the sandbox of expressions, or with the doors closed, where asked."""
    documents = [
        json.loads(document_json(document), object_hook=_decimals) for document in sample_documents()
    ]
    given = {
        "files": files,
        "documents": documents,
        "warm": built_in_template(),
        "is_sandboxed": is_sandboxed,
        "has_doors": has_doors,
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "observed.py")],
        input=pickle.dumps(given),
        capture_output=True,
        check=False,
        env={"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
