"""Styles, scripts and fonts as browsers like them: named by their contents, compressed, kept for good.

They are collected into the installation's own folder when the server starts, because a package cannot hold what depends
on other packages. Where that folder cannot be written, the pages use the plain names, which WhiteNoise serves too.
"""

from __future__ import annotations

import logging
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

log = logging.getLogger(__name__)


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Plain names until something has been collected, as in tests and commands that show no pages."""

    manifest_strict = False
    # Only what styles refer to gets a new name: the maps that packages name in comments are not shipped.
    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name


def collect() -> None:
    """Bring the collected files up to date; quick when they are. Call it before the first page is served."""
    root = Path(settings.STATIC_ROOT)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _collect(root)
    except OSError as error:
        log.warning("Static files are served uncompressed: %s cannot be written (%s).", root, error)
    # Read again: it may have been loaded before anything was collected.
    storage: Any = staticfiles_storage
    storage.hashed_files, storage.manifest_hash = storage.load_manifest()


def _collect(root: Path) -> None:
    seen, wanted = root / "collected", _fingerprint()
    if seen.exists() and seen.read_text() == wanted:
        return
    # What an earlier version left behind stays: another process may still be serving it.
    call_command("collectstatic", interactive=False, verbosity=0)
    seen.write_text(wanted)


def _fingerprint() -> str:
    digest = blake2b(digest_size=16)
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
