"""What goes wrong in the simulated quarter, and the alarms that it must set off: once each, soon, and with an all-clear.

An alarm counts as seen when its mail has left with the words that help; what the tables say is not asked.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core import mail

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.sync import alert_settings, incidents, telling, watching, wiring
from counterfoil.sync.models import PushIntent
from counterfoil.sync.standing import outbox
from counterfoil.xero.transport import Transport
from tests.soak.quarter_people import People
from tests.sync.world import CLIENT_ID, World

ADDRESS = "ada@trading.example"
# An access token lives for half an hour, two passes may be missed without an alarm, and one look comes after.
ALARM_WITHIN = dt.timedelta(minutes=45)
# The pauses between two tries grow to a quarter of an hour.
CLEAR_WITHIN = dt.timedelta(minutes=30)
REFUSED = "orders or changes refused"


@dataclass
class Trouble:
    """Something planted, as a share of the run, and the alarm it must set off: its kind, and words of its mail."""

    name: str
    at: float
    hours: float
    kind: str
    words: str
    begin: Callable[[], None]
    end: Callable[[], None]
    began: dt.datetime | None = None
    over: dt.datetime | None = None
    told: dt.datetime | None = None
    cleared: dt.datetime | None = None

    def explains(self, kind: str, said: str, at: dt.datetime) -> bool:
        """Whether an alarm of this kind, with these words and at this time, is about this."""
        if self.began is None or kind != self.kind or self.told or self.words not in said.lower():
            return False
        return self.began <= at <= (self.over or at)

    def problems(self) -> list[str]:
        """What was wrong with how people were told."""
        if not (self.began and self.over):
            return [f"{self.name} was never planted"]
        found = []
        if self.told is None or self.told - self.began > ALARM_WITHIN:
            found.append(f"{self.name} of {self.began} was told at {self.told}")
        if self.cleared is None or self.cleared - self.over > CLEAR_WITHIN:
            found.append(f"{self.name} was over at {self.over}, the all-clear came at {self.cleared}")
        return found


def _outbox() -> list[mail.EmailMessage]:
    """What has arrived; Django makes the list with the first mail."""
    return getattr(mail, "outbox", [])


@dataclass
class Alarms:
    """The mails of one company, as they arrive. `unexplained` must stay empty."""

    company: OperatingCompany
    troubles: list[Trouble]
    read: int = 0
    did: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def begin(self, actor: User, at: dt.datetime) -> None:
        """Somebody wants the mails."""
        self.read = len(_outbox())
        alert_settings.alert_settings_save(self.company, {"recipients": [ADDRESS]}, actor=actor, at=at)

    def look(self, at: dt.datetime) -> None:
        """What the watching thread does, and reading the mail."""
        watching.watch(at)
        telling.deliver_due(at)
        arrived = _outbox()[self.read :]
        for message in arrived:
            self._one(message.subject.partition(" and Xero: ")[2], str(message.body), at)
        self.read += len(arrived)

    def _one(self, subject: str, body: str, at: dt.datetime) -> None:
        is_over = subject.startswith("over: ")
        kind = subject.removeprefix("over: ")
        self.did["all-clears" if is_over else "alarms"] += 1
        if is_over:
            for one in self.troubles:
                if one.kind == kind and one.told and one.cleared is None:
                    one.cleared = at
            return
        found = next((one for one in self.troubles if one.explains(kind, body, at)), None)
        if found is not None:
            found.told = at
        elif not (kind == REFUSED and self._somebody_is_needed()):
            waiting = [
                f"{row.kind} {row.name} is {row.state} {row.reason}: {row.sentence} {row.words}"
                for row in outbox(self.company, group="needs_you").rows
            ]
            said = " ".join(body[:200].split())
            self.unexplained.append(f"{at:%d %b, %H:%M} {subject}: {said}; the outbox has {waiting}")

    def _somebody_is_needed(self) -> bool:
        rows = PushIntent.objects.of(self.company).filter(state__in=["refused", "waiting"])
        return bool(rows.filter(skipped_at=None).exists())

    def problems(self) -> list[str]:
        """What was told late, never, or without a reason, and what nobody has said is over."""
        found = [text for one in self.troubles for text in one.problems()]
        found += [f"an alarm that nothing explains: {text}" for text in self.unexplained]
        return found + [
            f"still open: {one.kind} since {one.opened_at}, {one.reason}"
            for one in incidents.incidents_open(self.company)
        ]

    def longest(self) -> dict[str, int]:
        """Minutes from the beginning to the alarm and from the end to the all-clear, the worst of all."""
        told = [one.told - one.began for one in self.troubles if one.told and one.began]
        cleared = [one.cleared - one.over for one in self.troubles if one.cleared and one.over]
        zero = dt.timedelta(0)
        return {
            "alarm_minutes_max": int(max(told, default=zero).total_seconds() // 60),
            "all_clear_minutes_max": int(max(cleared, default=zero).total_seconds() // 60),
        }


@dataclass
class Plants:
    """How each trouble begins and ends."""

    here: World
    people: People
    is_reset: bool = False

    def all(self) -> list[Trouble]:
        return [
            Trouble("outage", 0.2, 5, "no good sync", "cannot be reached", self.offline, self.mended),
            Trouble("revoked", 0.4, 6, "reconnect needed", "connect again", self.revoke, self.reconnect),
            Trouble("reset", 0.6, 4, "reconnect needed", "connect again", self.reset, self.connect_new),
            Trouble("silence", 0.85, 3, "no good sync", "cannot be reached", self.silent, self.mended),
        ]

    def offline(self) -> None:
        self.here.arm("503_offline", count=0, path="/api.xro/")

    def silent(self) -> None:
        self.here.arm("never_arrives", count=0, path="/api.xro/")
        self._hang_up()
        # What would be a minute for each call that is never answered.
        for name in ("pool", "writes"):
            wiring._transports[name] = Transport(wiring.hosts(), read_s=0.05)

    def mended(self) -> None:
        self.here.server.edge.faults.clear()
        self._hang_up()

    def _hang_up(self) -> None:
        for pool in wiring._transports.values():
            pool.close()
        wiring._transports.clear()

    def revoke(self) -> None:
        for person in self.here.server.edge.people:
            self.here.server.edge.authority.forget(person.user_id, CLIENT_ID)

    def reconnect(self) -> None:
        self.here.connect(tenant=self.here.connection.tenant_id)

    def reset(self) -> None:
        """Somebody resets the demo company: nobody works in it or sells until it is connected again."""
        self.is_reset = True
        self.here.server.edge.demo_reset(self.here.organisation)

    def connect_new(self) -> None:
        self.here.switch(self.here.organisation.tenant_id)
        self.people.begin_anew(self.here.organisation)
        self.is_reset = False
