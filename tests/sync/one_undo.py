"""A process of its own that undoes an import and may be killed in the middle: `python -m tests.sync.one_undo CONNECTION USER`."""

from __future__ import annotations

import sys

import django


def main() -> None:
    django.setup()
    from counterfoil.accounts.models import User
    from counterfoil.sync import undoing, work
    from counterfoil.sync.models import Connection

    connection = Connection.objects.get(pk=int(sys.argv[1]))
    undoing.import_undo(connection, actor=User.objects.get(pk=int(sys.argv[2])), at=work.now())


if __name__ == "__main__":
    main()
