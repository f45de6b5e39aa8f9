"""A process of its own that brings to Xero what is due, and dies where the environment says.

`python -m tests.sync.push.one_push CONNECTION SECONDS_AHEAD`, or with a quote to confirm and to die in the middle of:
`python -m tests.sync.push.one_push confirm QUOTE`.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys

import django


def push(connection: int, ahead: float) -> None:
    from counterfoil.sync import work

    work.left_behind_clear()
    work.push_run(connection, clock=lambda: work.now() + dt.timedelta(seconds=ahead), workers=1)


def confirm(pk: int) -> None:
    from django.db import transaction

    from counterfoil.crm.quotes.models import Quote
    from counterfoil.crm.quotes.services import quote_confirm
    from counterfoil.sync import work

    quote = Quote.objects.select_related("owner").get(pk=pk)
    with transaction.atomic():
        quote_confirm(quote, actor=quote.owner, at=work.now())
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    django.setup()
    if sys.argv[1] == "confirm":
        confirm(int(sys.argv[2]))
    else:
        push(int(sys.argv[1]), float(sys.argv[2]))


if __name__ == "__main__":
    main()
