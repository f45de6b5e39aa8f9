"""One seed, one history: what goes wrong is drawn, then everything becomes quiet, then the oracles look."""

from collections import Counter
from decimal import Decimal
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from tests.soak import push_people
from tests.soak.push_faults import FINE
from tests.soak.push_world import (
    HOME,
    HOUR,
    START,
    Order,
    World,
    draw_coins,
    draw_look_fate,
    draw_send_fate,
)
from tests.soak.xero_truth import MINUTE

STORM = 40 * MINUTE
LONG_STORM = 150 * MINUTE
QUIET = 3 * HOUR
REST = 27 * HOUR


class Rates(NamedTuple):
    """How hostile a seed is. `calls`: of sent requests; `looks`; `steps`: of steps at which a worker may die."""

    calls: float
    looks: float
    steps: float
    pauses: float
    people: float
    database: float


MOODS = (
    Rates(0.0, 0.0, 0.0, 0.0, 0.5, 0.0),
    Rates(0.3, 0.1, 0.02, 0.01, 0.3, 0.01),
    Rates(0.7, 0.2, 0.0, 0.0, 0.4, 0.0),
    Rates(0.2, 0.1, 0.12, 0.03, 0.3, 0.05),
    Rates(0.6, 0.4, 0.06, 0.06, 0.6, 0.1),
    Rates(0.4, 0.7, 0.04, 0.01, 0.3, 0.0),
)


class SeededWorld(World):
    """Draws every accident from its own random numbers until the storm is over."""

    moods = MOODS
    long_storms = 0.4

    def __init__(self, seed: int):
        random = Random(seed)
        coins = draw_coins(random)
        super().__init__(own_number=random.random() < 0.5, coins=coins, random=random)
        self.rates = self.moods[int(random.random() * len(self.moods))]
        self.storm_until = START + (LONG_STORM if random.random() < self.long_storms else STORM)
        self.disturb(self.storm_until)
        self.xero.refuses = self.refuse

    # --- accidents ---

    def storms(self) -> bool:
        return self.now < self.storm_until

    def fate(self):
        if self.chance() < self.rates.calls and self.storms():
            return draw_send_fate(self.random)
        return FINE

    def trouble(self, point: str) -> str:
        drawn = self.chance()
        if point == "sweep":  # long after the storm, and seldom
            return "kill" if drawn < 0.2 else "pause" if drawn < 0.4 else ""
        if drawn >= self.rates.steps + self.rates.pauses or not self.storms():
            return ""
        return "kill" if drawn < self.rates.steps else "pause"

    def look_fate(self) -> str:
        return draw_look_fate(self.random) if self.chance() < self.rates.looks and self.storms() else ""

    def database_refuses(self) -> bool:
        return self.rates.database > 0 and self.chance() < self.rates.database and self.storms()

    def after_answer(self, push, answer):
        if answer.outcome == "expired" and self.coins["grace_gives_new_pair"] and self.chance() < 0.3:
            push = replace(push, renewed=True)
        return super().after_answer(push, answer)

    def refuse(self, request) -> str:
        order = self.orders.get(request.order)
        if request.kind != "invoice" or order is None or self.now >= order.bad_until:
            return ""
        return "Account code '200' has been archived, or has been deleted."

    def came_to_rest(self, ident, push) -> None:
        super().came_to_rest(ident, push)
        if push.state in {"waiting", "refused"}:
            delay = int((1 + self.chance() * 20) * MINUTE)
            self.at(self.now + delay, push_people.answer, self, ident)
            self.disturb(self.now + delay)

    def send(self, ident, push, body):
        if push.kind == "invoice" and self.own_number and self.storms() and self.chance() < 0.03:
            self.count("U9 number taken between look and send")
            push_people.plant_on_number(self, push.number, sister=self.chance() < 0.4)
        return super().send(ident, push, body)

    def revise(self, order: Order) -> None:
        """A refused order is corrected: a new revision, a new mark, the same number."""
        if f"{order.name}/{order.revision + 1}" in self.rows or order.revision >= 3:
            return
        self.count("revised")
        order.revision += 1
        self.add_invoice(order)

    def recoded(self, push):
        return replace(push, number=push.number + "-2")

    # --- the story of a seed ---

    def draw_story(self) -> None:
        chance = self.chance
        for place in range(1 if chance() < 0.6 else 2 + int(chance() * 3)):
            self.draw_order(place)
        if chance() < self.rates.people:
            for _ in range(1 + int(chance() * 3)):
                self.at(START + int(chance() * 90 * MINUTE), self.draw_act)
        if chance() < 0.08:
            self.draw_restore()
        if chance() < 0.03:
            self.draw_switch()

    def draw_order(self, place: int) -> None:
        chance = self.chance
        order = Order(f"o{place}", Decimal(int(1000 + chance() * 90000)) / 100)
        self.orders[order.name] = order
        if chance() < 0.12:
            order.parts = (("contact", f"Customer {place}"), ("item", f"ITEM-{place}"))
            if chance() < 0.3:
                push_people.plant_named(self, "contact", f"Customer {place}")
            if chance() < 0.3:
                push_people.plant_named(self, "item", f"item-{place}")
        if chance() < 0.06:
            order.bad_until = START + int(chance() * 60 * MINUTE)
        if self.own_number and chance() < 0.25:
            self.draw_taken_number(place)
        when = START + int(chance() * 10 * MINUTE)
        self.at(when, self.confirm, order)
        if chance() < 0.1:
            self.at(when + int(chance() * 5 * MINUTE), self.confirm, order)

    def draw_taken_number(self, place: int) -> None:
        number = f"CRM-{104_001 + place}"
        if self.chance() < 0.2:
            self.count("number of a credit note")
            self.xero.hidden_numbers.add(number)
            return
        when = START + int(self.chance() * 12 * MINUTE) if self.chance() < 0.5 else START
        self.at(when, self.take_number_of, number, self.chance() < 0.4)

    def take_number_of(self, number: str, sister: bool) -> None:
        push_people.plant_on_number(self, number, sister=sister)

    def draw_act(self) -> None:
        ours = [i for i in self.xero.invoices if i.order and i.is_live and i.visible <= self.now]
        if ours:
            names = tuple(push_people.ACTS)
            invoice = ours[int(self.chance() * len(ours))]
            push_people.act(self, names[int(self.chance() * len(names))], invoice)

    def draw_restore(self) -> None:
        taken = START + int(self.chance() * 15 * MINUTE)
        self.at(taken, self.take_backup)
        self.at(taken + int(self.chance() * 20 * MINUTE), self.restore)
        self.disturb(taken + 60 * MINUTE)

    def restore(self) -> None:
        for order in self.restore_backup():
            self.at(self.now + int(self.chance() * 20 * MINUTE), self.confirm, order)

    def confirm(self, order: Order) -> None:
        """Nothing passes the pre-flight of a quote while the wrong organisation is connected."""
        if self.epoch != HOME:
            self.at(self.now + 5 * MINUTE, self.confirm, order)
            self.disturb(self.now + 5 * MINUTE)
        else:
            super().confirm(order)

    def draw_switch(self) -> None:
        gone = START + int(self.chance() * 15 * MINUTE)
        self.at(gone, self.switch, "organisation-2")
        self.at(gone + 30 * MINUTE, self.switch, HOME)
        self.disturb(gone + 40 * MINUTE)

    def switch(self, epoch: str) -> None:
        """E2: reconnected to another organisation, and back."""
        self.count("E2 organisation switched")
        self.epoch = self.xero.epoch = epoch


class Outcome(NamedTuple):
    """What the oracles found. `problems` are violations; `incidents` were shown to a person, as they should be."""

    world: World
    duplicates: int
    lost: int
    trespasses: int
    money_off: int
    etiquette: int
    incidents: int
    definite_ms: int
    problems: list[str]


def live_of(world: World, order: Order):
    return [i for i in world.xero.invoices if i.order == order.name and i.is_live and i.by_app]


def check_single(world: World, problems: list[str]) -> tuple[int, int]:
    """P2 at rest: one live invoice at most; a second that is not ours to delete has been shown to a person."""
    duplicates = incidents = 0
    for order in world.orders.values():
        live = live_of(world, order)
        if len(live) <= 1:
            continue
        shown = any(
            row.state == "waiting" and row.reason in {"twins", "other_revision", "alike"}
            for row in world.rows.values()
            if row.order == order.name and row.kind == "invoice"
        )
        if shown:
            incidents += 1
        else:
            duplicates += 1
            problems.append(f"P2 {order.name} has {[(i.id, i.number, i.marker) for i in live]}")
    for order in world.orders.values():
        named = [r for r in world.xero.named if r.order == order.name]
        if len({r.kind for r in named}) < len(named):
            duplicates += 1
            problems.append(f"P2 {order.name} has {[(r.kind, r.id, r.number) for r in named]}")
    return duplicates, incidents


def check_none_lost(world: World, problems: list[str]) -> int:
    """P3: each confirmed order ended, and what is called sent is there."""
    lost = 0
    in_xero = {record.id for record in (*world.xero.invoices, *world.xero.named)}
    for order in world.orders.values():
        if order.confirmed and f"{order.name}/{order.revision}" not in world.rows:
            lost += 1
            problems.append(f"P3 {order.name} was confirmed and has no intent")
    for ident, row in world.rows.items():
        if row.state not in {"sent", "refused", "waiting", "removed"}:
            lost += 1
            problems.append(f"P3 {ident} is {row.state} after three quiet hours")
        elif row.state == "refused" and "unique" in row.words:
            lost += 1
            problems.append(f"P3 {ident} gave up because of its number")
        elif row.state == "sent" and row.xero_id not in in_xero:
            lost += 1
            problems.append(f"P3 {ident} was sent as {row.xero_id}, which Xero does not have")
    return lost


def check_untouched(world: World, problems: list[str]) -> int:
    """P4: what is not ours is as it was."""
    found = list(world.xero.trespasses)
    foreign = world.xero.foreign
    everything = (*world.xero.invoices, *world.xero.named)
    found += [
        f"{record.id} changed"
        for record in everything
        if foreign.get(record.id, record.seal()) != record.seal()
    ]
    problems += [f"P4 {what}" for what in found]
    return len(found)


def check_money(world: World, problems: list[str]) -> int:
    """P14: what is in Xero is what was confirmed, unless a person changed it there; and if so we say so."""
    off = 0
    for record in world.xero.invoices:
        if record.order and record.body.total != world.orders[record.order].total:
            off += 1
            problems.append(f"P14 {record.id} says {record.body.total} for {record.order}")
    return off


def check_log(world: World, problems: list[str]) -> int:
    """W9: what the log says was done once was done once, and is stored."""
    twice = [line for line, times in Counter(ident for ident, _ in world.log).items() if times > 1]
    unstored = [ident for ident, _ in world.log if not world.rows[ident].xero_id]
    problems += [f"the log says twice that {ident} was made" for ident in twice]
    problems += [f"the log says that {ident} was made, and nothing is stored" for ident in unstored]
    return len(twice) + len(unstored)


def run_seed(seed: int, world_class: type[SeededWorld] = SeededWorld) -> Outcome:
    world = world_class(seed)
    world.draw_story()
    return finish(world)


def finish(world: World) -> Outcome:
    """Let the storm end, three quiet hours pass, and the sweeps come round; then look."""
    world.run(START + STORM)
    while (quiet := world.quiet_from + QUIET) > world.now:
        world.run(quiet)
    problems: list[str] = []
    lost = check_none_lost(world, problems)
    world.run(world.now + REST)
    duplicates, incidents = check_single(world, problems)
    etiquette = len(world.violations) + world.xero.other_bytes + check_log(world, problems)
    problems += world.violations
    if world.xero.other_bytes:
        problems.append("a key was used with other bytes")
    trespasses, money_off = check_untouched(world, problems), check_money(world, problems)
    definite = max((row.sent_ms or 0) - row.confirmed_ms for row in world.rows.values()) if world.rows else 0
    return Outcome(world, duplicates, lost, trespasses, money_off, etiquette, incidents, definite, problems)


def tally(seeds) -> tuple[Counter, Counter, list[tuple[int, Outcome]]]:
    """Sums over many seeds, how often each coin and fault fired, and the seeds that failed."""
    sums: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    failed = []
    for seed in seeds:
        outcome = run_seed(seed)
        sums["seeds"] += 1
        for name in ("duplicates", "lost", "trespasses", "money_off", "etiquette", "incidents"):
            sums[name] += getattr(outcome, name)
        fired.update(outcome.world.counts)
        fired.update(f"coin {name}" for name, up in outcome.world.coins.items() if up)
        if outcome.problems:
            failed.append((seed, outcome))
    return sums, fired, failed


def told(seed: int, outcome: Outcome) -> str:
    """All that is needed to see what happened, and to make it happen again."""
    world = outcome.world
    up = [name for name, is_up in world.coins.items() if is_up]
    lines = [f"seed {seed}: {problem}" for problem in outcome.problems]
    lines += [
        f"numbers are {'ours' if world.own_number else 'given by Xero'}; coins up: {', '.join(up) or 'none'}"
    ]
    lines += [
        f"{when / 1000:>12.3f} s  {who:<14} {what}  {detail}" for when, what, who, detail in world.events
    ]
    return "\n".join([*lines, f"again: ./go soak push --start {seed} --seeds 1"])
