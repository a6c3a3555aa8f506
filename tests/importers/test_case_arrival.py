"""Whatever order, pieces or repetitions after-sales and order files arrive in, the store ends up the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import CASE_COLUMNS, ORDER_COLUMNS, asked, facts, fresh, take_cases, take_orders, write
from shopcare.domain.cases import Event, replay
from shopcare.domain.report import Message
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

Row = tuple[object, ...]


class World(NamedTuple):
    """Rows of order exports and of after-sales exports that tell one story."""

    orders: list[Row]
    cases: list[Row]


#: What may happen to a case, step by step: (status, hours after it was opened, money went back).
STORIES = (
    (("requested", 0), ("awaiting_return", 5), ("return_in_transit", 20), ("refunded", 30)),
    (("requested", 0), ("rejected", 3), ("closed/withdrawn", 9)),
    (("requested", 0), ("unheard of", 4), ("refunded", 8)),
    (("approved", 0), ("exchanged", 50)),
    (("requested", 0), ("unheard of", 4)),
    (("refunded", 1),),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Orders with cases in several states, the platform's running total in step or behind."""
    orders: list[Row] = []
    cases: list[Row] = []
    for number in range(draw(st.integers(1, 3))):
        paid = draw(st.integers(60, 200))
        back = 0
        for place in range(draw(st.integers(0, 2))):
            story, refund = draw(st.sampled_from(STORIES)), draw(st.integers(1, 25))
            shown = draw(st.lists(st.sampled_from(range(len(story))), min_size=1, max_size=3, unique=True))
            for step in shown:
                status, hours = story[step]
                done = status in {"refunded", "exchanged", "closed/withdrawn"}
                at = f"2026-08-{3 + place:02d} {8 + hours // 6:02d}:00:00"
                cases.append(
                    (
                        f"R{number}-{place}", f"N{number}", "return_refund", status, "torn", f"{refund}.00",
                        f"{refund}.00" if status == "refunded" else "", f"2026-08-{3 + place:02d} 01:00:00",
                        at if done else "", f"2026-09-{1 + step:02d}", draw(st.sampled_from(["", "seller", "buyer"])), "",
                    )
                )  # fmt: skip
            back += refund if any(story[step][0] == "refunded" for step in shown) else 0
        reported = draw(st.sampled_from(["", "0", f"{back}.00", f"{back + 7}.00"]))
        status = draw(st.sampled_from(["paid", "completed"]))
        done = "2026-08-02 10:00:00" if status == "completed" else ""
        orders.append((f"N{number}", f"b{number}", "2026-08-01 10:00:00", status, f"{paid}.00", reported, done))
    return World(orders, cases)


def import_pieces(ctx: Context, folder: Path, world: World, plan: list[tuple[str, list[int]]]) -> None:
    """Import pieces of a world, one file each."""
    for place, (kind, chosen) in enumerate(plan):
        if kind == "orders":
            take_orders(ctx, write(folder / f"o{place}.csv", ORDER_COLUMNS, [world.orders[i] for i in chosen]))
        else:
            take_cases(ctx, write(folder / f"c{place}.csv", CASE_COLUMNS, [world.cases[i] for i in chosen]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), data=st.data())
def test_any_split_shuffle_and_repetition_gives_the_same_store(world: World, data: st.DataObject) -> None:
    """Orders and cases dealt over files in any order, some twice: the cases, refunds and orders are the same."""
    order_places, case_places = list(range(len(world.orders))), list(range(len(world.cases)))
    mixed = data.draw(st.permutations([("orders", i) for i in order_places] + [("cases", i) for i in case_places]))
    again = data.draw(st.lists(st.sampled_from(mixed), max_size=4))
    pieces: list[tuple[str, list[int]]] = []
    for kind, place in [*mixed, *again]:
        if pieces and pieces[-1][0] == kind and data.draw(st.booleans()):
            pieces[-1][1].append(place)
        else:
            pieces.append((kind, [place]))
    with tempfile.TemporaryDirectory() as left, tempfile.TemporaryDirectory() as right:
        one, other = fresh(Path(left)), fresh(Path(right))
        import_pieces(one, Path(left), world, [("orders", order_places), ("cases", case_places)])
        import_pieces(other, Path(right), world, pieces)
        assert facts(one) == facts(other)
        for ctx in (one, other):
            check_invariants(ctx)


def check_invariants(ctx: Context) -> None:
    """Events give the rows again, and no order gave back more than was paid."""
    for row in asked(ctx, 'SELECT id, stage, waiting_on, fault, outcome, opened_at, closed_at, version FROM "case"'):
        events = asked(
            ctx,
            "SELECT seq, at, actor, action, stage, waiting_on, fault, outcome, reason, refund_minor, note FROM case_event"
            f" WHERE case_id = {row[0]} ORDER BY seq",
        )
        state = replay(Event(*event) for event in events)  # type: ignore[arg-type]  # columns of the table
        found = (
            state.stage,
            state.waiting_on,
            state.fault,
            state.outcome,
            state.opened_at,
            state.closed_at,
            state.version,
        )
        assert found == row[1:]
        assert {event[2] for event in events} == {"import"}
        assert [event[1] for event in events] == sorted(event[1] for event in events)  # type: ignore[type-var]
    over = "SELECT o.number FROM orders o JOIN refund r ON r.order_id = o.id GROUP BY o.id HAVING SUM(r.amount_minor) > o.paid_minor"
    assert asked(ctx, over) == []
    events_money = "SELECT case_id, SUM(refund_minor) FROM case_event GROUP BY case_id HAVING SUM(refund_minor) > 0"
    booked = "SELECT case_id, SUM(amount_minor) FROM refund WHERE case_id IS NOT NULL GROUP BY case_id"
    assert asked(ctx, events_money) == asked(ctx, booked)


def row(**said: str) -> Row:
    """A row of an after-sales file that says this of case R1."""
    cells = {"case_id": "R1", "order_id": "N1", "applied_at": "2026-08-03 10:00:00", **said}
    return tuple(cells.get(column, "") for column in CASE_COLUMNS)


def imported(ctx: Context, folder: Path, name: str, row: Row) -> tuple[int, list[int]]:
    """How many cases a file changes, and how many it warns about as not newer."""
    (result,) = import_files(ctx, [write(folder / name, CASE_COLUMNS, [row])], Options(), CASES).files
    assert (result.error, result.tally.rejected) == (None, [])
    return result.outcome.changed, [said.values["count"] for said in result.warnings if _is_about_age(said)]


def _is_about_age(warning: Message) -> bool:
    return "--exported-at" in warning.text


@pytest.mark.parametrize(
    ("first", "second", "changed", "warned"),
    [
        ("a.csv", "b.csv", 0, [1]), ("a_20260805.csv", "b_20260805.csv", 0, [1]), ("a_20260805.csv", "b.csv", 0, [1]),
        ("a.csv", "b_20260805.csv", 1, []), ("a_20260805.csv", "b_20260806.csv", 1, []),
        ("a_20260805.csv", "b_20260804.csv", 0, []),
    ],
)  # fmt: skip
def test_what_is_not_newer_is_said(tmp_path: Path, first: str, second: str, changed: int, warned: list[int]) -> None:
    """A file that is not dated, or of the same date, and states a case otherwise without being further along is counted in a
    warning, every time; one that is certainly newer counts, one that is certainly older says nothing.
    """
    ctx = fresh(tmp_path)
    before, other = row(status="disputed"), row(status="awaiting_return")
    imported(ctx, tmp_path, first, before)
    for changes in (changed, 0):
        assert imported(ctx, tmp_path, second, other) == (changes, warned)
    assert imported(ctx, tmp_path, first, before) == (0, [1] if changed and first == "a.csv" else [])


def test_money_is_on_its_way_after_the_platform_has_decided(tmp_path: Path) -> None:
    """Settling is further along than disputed, also between files without a date."""
    ctx = fresh(tmp_path)
    imported(ctx, tmp_path, "a.csv", row(status="disputed"))
    assert imported(ctx, tmp_path, "b.csv", row(status="settling")) == (1, [])


@pytest.mark.parametrize("amount", ["", "5.00"])
def test_only_the_money_is_final(tmp_path: Path, amount: str) -> None:
    """A newer export that does not say how much went back, or has a word nobody knows, still says the newest of everything
    else; a refund and where it left the case stay. In either order of arrival.
    """
    older = row(status="refunded", refunded="5.00", fault="buyer", reason="wrong size")
    newer = row(status="unheard of" if amount else "refunded", amount=amount, fault="seller", reason="torn")
    found = []
    for order in ((older, newer), (newer, older)):
        (folder := tmp_path / str(len(found))).mkdir()
        ctx = fresh(folder)
        take_orders(ctx, write(folder / "o.csv", ORDER_COLUMNS, [("N1", "b", "2026-08-01", "paid", "50.00", "", "")]))
        for said in order:
            imported(ctx, folder, "r_20260805.csv" if said is older else "r_20260806.csv", said)
        found.append(asked(ctx, 'SELECT stage, outcome, fault, reason, external_status FROM "case"'))
        assert asked(ctx, "SELECT amount_minor FROM refund") == [(500,)]
    assert found[0] == found[1] == [("closed", "refunded", "seller", "torn", newer[3])]
