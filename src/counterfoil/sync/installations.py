"""What the installation remembers of itself: its marks, and whether its database is a restored one (reliability 5.6).

Every send makes the generation one larger, in the database and then in a file beside it. A database that was restored
is behind the file: what it believes to be unsent may have been sent since, so everything open is looked up first.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import threading
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from counterfoil.sync import wiring
from counterfoil.sync.models import Installation

log = logging.getLogger(__name__)

FILE = "generation"
KEY_BYTES = 32
# Xero refuses a link with its own name in it (xero-facts 4.5); such an installation's links name no host of its own.
NEUTRAL_HOST = "crm.invalid"
_writing = threading.Lock()


def installation(at: dt.datetime) -> Installation:
    """The row about this installation, made on first use."""
    found = Installation.objects.order_by("pk").first()
    if found is not None:
        return found
    # The fixed id keeps two first workers from making two keys.
    made, _ = Installation.objects.get_or_create(
        pk=1, defaults={"marker_key": secrets.token_bytes(KEY_BYTES), "generation_at": at}
    )
    return made


def marker_key(at: dt.datetime) -> bytes:
    return bytes(installation(at).marker_key)


def marker_host() -> str:
    """The host in the links on invoices."""
    host = urlsplit(wiring.configuration().url).netloc
    return NEUTRAL_HOST if not host or "xero" in host.lower() else host


def generation_next(at: dt.datetime) -> int:
    """One more send; in the transaction that announces it. Then `generation_write`, before the request leaves."""
    here = installation(at)
    row = Installation.objects.filter(pk=here.pk)
    row.update(generation=F("generation") + 1, generation_at=at)
    return int(row.values_list("generation", flat=True).get())


def generation_write(generation: int, at: dt.datetime) -> None:
    """Note in the file how far the database has come; never less than it says already."""
    path = _file(installation(at))
    with _writing:
        if _read(path) >= generation:
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_text(f"{generation}\n", encoding="utf-8")
        fresh.replace(path)


def restored_since(at: dt.datetime) -> dt.datetime | None:
    """The moment of the backup that this database was restored from just now; None: it was not restored.

    Once for each restore: both sides agree afterwards. The moment is that of the last send it remembers, which is
    never later than the backup.
    """
    here = Installation.objects.order_by("pk").first()
    if here is None or _read(_file(here)) <= here.generation:
        return None
    with transaction.atomic():
        known = Installation.objects.select_for_update().get(pk=here.pk)
        ahead = _read(_file(known))
        if ahead <= known.generation:
            return None
        backup_at = known.generation_at
        known.generation, known.generation_at = ahead, at
        known.backup_at, known.restored_at = backup_at, at
        known.save()
    log.warning(
        "the database is older than the last send: everything open is looked up in Xero before it is sent"
    )
    return backup_at


def _file(here: Installation) -> Path:
    """One for each database that was ever used from this folder: a restored one has the name of its original."""
    name = sha256(bytes(here.marker_key)).hexdigest()[:16]
    return Path(wiring.configuration().home) / f"{FILE}-{name}"


def _read(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8").strip() or 0)
    except (FileNotFoundError, ValueError):
        return 0
