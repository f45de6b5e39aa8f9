"""The same world, with Hypothesis choosing what happens next: it shrinks a failure to the few steps that matter."""

from collections import deque
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.soak import push_people
from tests.soak.push_faults import FINE, LOOK_FATES, SEND_FATES
from tests.soak.push_seeds import Rates, SeededWorld, finish
from tests.soak.push_world import Order
from tests.soak.xero_truth import MINUTE


class RuledWorld(SeededWorld):
    """What goes wrong is what a rule has put in line."""

    moods = (Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),)
    long_storms = 0.0

    def __init__(self, seed):
        super().__init__(seed)
        self.calls, self.looks, self.troubles = deque(), deque(), deque()

    def fate(self):
        return self.calls.popleft() if self.calls else FINE

    def look_fate(self):
        return self.looks.popleft() if self.looks else ""

    def trouble(self, point):
        if self.troubles and self.troubles[0][0] == point:
            return self.troubles.popleft()[1]
        return ""


class Pushes(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 9999))
    def begin(self, seed):
        self.world = RuledWorld(seed)

    @rule(pounds=st.integers(1, 9999), with_parts=st.booleans(), refused_for=st.sampled_from([0, 0, 30]))
    def confirm(self, pounds, with_parts, refused_for):
        name = f"o{len(self.world.orders)}"
        order = self.world.orders[name] = Order(name, Decimal(pounds))
        order.parts = (("contact", f"Customer {name}"), ("item", f"ITEM-{name}")) if with_parts else ()
        order.bad_until = self.world.now + refused_for * MINUTE
        self.world.confirm(order)

    @rule(fate=st.sampled_from(SEND_FATES))
    def spoil_the_next_call(self, fate):
        self.world.calls.append(fate)

    @rule(fate=st.sampled_from(LOOK_FATES))
    def spoil_the_next_look(self, fate):
        self.world.looks.append(fate)

    @rule(point=st.sampled_from(["K3", "K4", "K5", "K6", "K8", "K9", "wire", "K10", "K11", "K12"]),
          trouble=st.sampled_from(["kill", "pause"]))  # fmt: skip
    def stop_a_worker(self, point, trouble):
        self.world.troubles.append((point, trouble))

    @rule(minutes=st.sampled_from([0.01, 1, 5, 17, 61]))
    def let_time_pass(self, minutes):
        self.world.run(self.world.now + int(minutes * MINUTE))

    @rule(act=st.sampled_from(sorted(push_people.ACTS)), which=st.integers(0, 5))
    def act_in_xero(self, act, which):
        ours = [i for i in self.world.xero.invoices if i.order and i.visible <= self.world.now]
        if ours:
            push_people.act(self.world, act, ours[which % len(ours)])

    @rule(ahead=st.integers(1, 3), sister=st.booleans())
    def take_our_next_number(self, ahead, sister):
        push_people.plant_on_number(self.world, f"CRM-{self.world.counter + ahead}", sister=sister)

    @rule()
    def back_up(self):
        self.world.take_backup()

    @rule()
    def restore(self):
        self.world.restore()

    @invariant()
    def nothing_is_broken_so_far(self):
        if hasattr(self, "world"):
            assert self.world.violations == []
            assert self.world.xero.trespasses == []

    def teardown(self):
        if hasattr(self, "world"):
            self.world.disturb(
                self.world.now
            )  # the quiet hours count from the last step, however late it came
            assert finish(self.world).problems == []


TestPushes = Pushes.TestCase
TestPushes.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
