"""However imports are shuffled and split, and whenever points are awarded between them, the balances come out equal."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_store import T0, add_customer, add_order, add_refund, context, copied_store
from shopcare.services import awards
from shopcare.store.engine import reading, writing

Fact = tuple[str, int, int]  # ("order", number, paid) or ("refund", number of the order, amount)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Fact], list[list[Fact]]]:
    """Orders with refunds as one list, and the same facts shuffled (an order before its refunds) and cut into imports."""
    orders = draw(st.lists(st.integers(0, 900), min_size=1, max_size=4))
    facts: list[Fact] = [("order", number, paid) for number, paid in enumerate(orders, 1)]
    for number, paid in enumerate(orders, 1):
        left = paid
        for part in draw(st.lists(st.integers(1, 400), max_size=3)):
            if part <= left:
                left -= part
                facts.append(("refund", number, part))
    shuffled = draw(st.permutations(facts))
    imported: set[int] = set()
    ordered: list[Fact] = []
    early: list[Fact] = []
    for fact in shuffled:
        kind, number, _ = fact
        imported |= {number} if kind == "order" else set()
        (ordered if number in imported else early).append(fact)
    ordered += early
    cuts = sorted(draw(st.lists(st.integers(0, len(ordered)), max_size=4)))
    return facts, [ordered[low:high] for low, high in zip([0, *cuts], [*cuts, len(ordered)], strict=True)]


def points_of_orders(imports: list[list[Fact]]) -> dict[int, int]:
    """Import file by file, awarding after each; the points every order is worth in the end."""
    with TemporaryDirectory() as folder:
        store = copied_store(Path(folder) / "store.db")
        with writing(store) as conn:
            add_customer(conn, 1)
        for number, facts in enumerate(imports):
            with writing(store) as conn:
                for place, (kind, order, amount) in enumerate(facts):
                    if kind == "order":
                        add_order(conn, order, 1, amount, at=T0 - order)
                    else:
                        add_refund(conn, order, amount, key=f"{number}/{place}")
            awards.award_orders(context(store))
        with reading(store) as conn:
            rows = conn.execute(
                "SELECT order_id, SUM(points) FROM points_entry GROUP BY order_id HAVING SUM(points) <> 0"
            )
            return dict(rows)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_shuffled_and_split_imports_give_equal_points(history: tuple[list[Fact], list[list[Fact]]]) -> None:
    """One import of everything and many small ones in any order end at the same points, order by order."""
    facts, imports = history
    paid = {order: amount for kind, order, amount in facts if kind == "order"}
    for kind, order, amount in facts:
        paid[order] -= amount if kind == "refund" else 0
    expected = {order: left // 100 for order, left in paid.items() if left >= 100}
    assert points_of_orders([facts]) == expected
    assert points_of_orders(imports) == expected
