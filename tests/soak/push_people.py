"""What people do in Xero while we push, and how they answer what waits for them here."""

from decimal import Decimal

from counterfoil.core import pushing
from tests.soak.xero_truth import Invoiced, Named, Record


def plant(world, kind: str, number: str, body, *, by_app=False, status="DRAFT") -> Record:
    """Something that is in Xero and not ours. Nothing of it may ever change."""
    where = world.xero.invoices if kind == "invoice" else world.xero.named
    record = Record(ident=f"foreign-{kind}-{len(where)}", kind=kind, body=body, order="", by_app=by_app, number=number,
                    status=status, now=world.now, visible=world.now)  # fmt: skip
    where.append(record)
    world.xero.foreign[record.id] = record.seal()
    return record


def plant_on_number(world, number: str, *, sister: bool) -> None:
    """U9: somebody takes our number; `sister`: another installation of ours, with marks of its own."""
    world.count("U9 number of a sister" if sister else "U9 number taken")
    if any(invoice.number == number for invoice in world.xero.invoices):
        return
    mark = "a mark of another installation" if sister else ""
    body = Invoiced(mark, number, "somebody", "", Decimal("77.70"), 1)
    plant(world, "invoice", number, body, by_app=sister)


def plant_named(world, kind: str, name: str) -> None:
    world.count(f"{kind} of that name was there")
    number = name if kind == "item" else ""
    body = Named(number, name if kind == "contact" else "", "made by a person")
    plant(world, kind, number, body, status="ACTIVE")


def edit(world, invoice: Record) -> None:
    invoice.edited, invoice.total = True, invoice.total + 1


def approve(world, invoice: Record) -> None:
    invoice.status = "AUTHORISED"


def delete(world, invoice: Record) -> None:
    invoice.status = "DELETED" if invoice.status == "DRAFT" else "VOIDED"


def renumber(world, invoice: Record) -> None:
    invoice.number, invoice.renumbered = f"PERSON-{invoice.id}", True


def unlink(world, invoice: Record) -> None:
    """The link is taken out of an untouched draft; whoever also changes its total made it their own."""
    if not invoice.edited:
        invoice.marker = ""


ACTS = {
    "U1 edit": edit,
    "U6 approve": approve,
    "U5 delete": delete,
    "U10 renumber": renumber,
    "U1 unlink": unlink,
}


def act(world, name: str, invoice: Record) -> None:
    if not invoice.is_live or (name != "U5 delete" and invoice.marker == "" and invoice.order):
        return
    world.count(name)
    world.note(name, invoice.order, invoice.id)
    ACTS[name](world, invoice)
    invoice.updated = world.now


def answer(world, ident: str) -> None:
    """A person turns to something that waits for them, and decides rightly."""
    push = world.rows.get(ident)
    if push is None or push.state not in {"waiting", "refused"}:
        return
    world.count("person answers " + push.reason)
    if push.state == "refused":
        # Only the order's last revision may be followed by another: two open ones would be two invoices.
        if ident == world.owner_of[ident].ident:
            world.revise(world.owner_of[ident])
        return
    decided = DECISIONS.get(push.reason, _resume)(world, ident, push)
    if decided is not None:
        world.rows[ident] = decided
        world.schedule(ident)
        world.came_to_rest(ident, decided)


def _resume(world, ident, push):
    return pushing.resumed(push, now_ms=world.now)


def _alike(world, ident, push):
    if push.xero_id:
        return None  # a second one: they see it, and leave both as they are
    true = [r for r in world.xero.invoices if r.id in push.candidates and r.order == push.order]
    if true:
        return pushing.chosen(push, true[0].found(by_us=True), now_ms=world.now)
    return pushing.denied(push, now_ms=world.now)


def _rename(world, ident, push):
    """The rep gives the customer or the product another name; the body is written anew."""
    world.names[ident] += " (2)"
    push = pushing.denied(push, now_ms=world.now)
    if push.kind == "item":
        push = world.recoded(push)
    world.bodies[ident] = world.body(ident, push)
    return push


def _leave(world, ident, push):
    return None


DECISIONS = {
    "alike": _alike,
    "name_taken": _rename,
    "code_taken": _rename,
    "hidden_clash": _resume,
    "twins": _leave,
    "other_revision": _leave,
    "key_conflict": _leave,
    "parts": _leave,  # goes on by itself when the part is there
}
