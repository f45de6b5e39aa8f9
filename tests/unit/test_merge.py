"""Three-way merge of a field and of a record: nobody's value is lost, nothing is sent twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.merge import Conflict, joined, merge, merge_all

values = st.sampled_from(["", "a", "b", "c"])
records = st.dictionaries(st.sampled_from(["name", "email", "phone"]), values)
edits = st.lists(st.tuples(st.sampled_from(["crm", "xero", "send", "pull"]), values), max_size=30)


def fold(_field, one, other):
    return one.casefold() == other.casefold()


@pytest.mark.rule("PU-2")
@given(base=values, local=values, remote=values)
def test_each_of_the_cases_is_decided_and_only_two_different_changes_are_a_conflict(base, local, remote):
    outcome = merge(base, local, remote)
    assert (outcome == "nothing") == (local == remote)
    assert (outcome == "conflict") == (remote not in (base, local))


@pytest.mark.rule("PU-2")
@given(base=records, local=records, remote=records)
def test_a_record_is_merged_field_by_field_and_fields_nobody_touched_here_are_never_sent(base, local, remote):
    to_send, conflicts = merge_all(base, local, remote)
    clashing = {one.field for one in conflicts}
    assert to_send.keys() | clashing <= local.keys()
    assert not to_send.keys() & clashing
    for one in conflicts:
        assert one == Conflict(one.field, base.get(one.field), local[one.field], remote.get(one.field))


@pytest.mark.parametrize(
    ("base", "local", "remote", "sent", "outcome"),
    [
        ("a", "Acme", "ACME", (), "nothing"),
        ("acme", "Acme", "acme", (), "push"),
        ("a", "b", "A", (), "push"),
        ("a", "c", "b", ("b",), "push"),
        ("a", "c", "b", (), "conflict"),
    ],
    ids=[
        "ours, written differently there, is taken as it is",
        "a change of writing alone is sent",
        "what only the other side wrote anew is no change there",
        "what we sent ourselves is nobody else's change",
        "two changes",
    ],
)
def test_ways_of_writing_and_our_own_lost_sends_are_no_conflicts(base, local, remote, sent, outcome):
    assert merge(base, local, remote, sent=sent, same=fold) == outcome


@pytest.mark.rule("PU-2")
@given(first=values, turns=st.lists(values, min_size=1))
def test_edits_that_follow_one_another_join_into_one_from_the_first_to_the_last(first, turns):
    base, wanted, now = {}, {}, first
    for value in turns:
        base, wanted = joined(base, wanted, {"email": [now, value]})
        now = value
    assert wanted == {"email": turns[-1]}
    assert base == {"email": first}


@pytest.mark.rule("PU-2")
def test_an_edit_made_after_seeing_the_other_sides_value_starts_from_that():
    base, wanted = joined({"email": "old"}, {"email": "ours"}, {"email": ["theirs", "third"]})
    assert (base, wanted) == ({"email": "theirs"}, {"email": "third"})


@pytest.mark.rule("PU-2")
@given(edits)
def test_whatever_the_order_of_edits_sends_and_pulls_the_books_are_never_overwritten_unseen(turns):
    """A model of one field: Xero's value changes by its own people or by a send that knew what was there."""
    here = there = agreed = "start"
    base: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for step, value in turns:
        if step == "crm" and value != here:
            base, wanted = joined(base, wanted, {"f": [here, value]})
            here = value
        elif step == "xero":
            there = value
        elif step == "pull":
            to_send, _ = merge_all(base, wanted, {"f": there})
            here = to_send.get("f", there)
            agreed = there
        elif step == "send" and wanted:
            to_send, conflicts = merge_all(base, wanted, {"f": there})
            if to_send:
                assert there in {base["f"], agreed}  # nothing was there that nobody here had seen
                there = to_send["f"]
            if not conflicts:
                here, base, wanted, agreed = there, {}, {}, there
    if wanted:
        to_send, conflicts = merge_all(base, wanted, {"f": there})
        assert bool(to_send) + bool(conflicts) + (wanted["f"] == there) == 1
    else:
        assert here == agreed
