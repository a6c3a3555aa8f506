"""Which customer a key names."""

from __future__ import annotations

from pathlib import Path

import pytest

from loyalty_store import add_customer, add_shop, new_store
from shopcare.errors import AmbiguousKey, NotFound
from shopcare.store import persons
from shopcare.store.engine import reading, writing
from shopcare.store.queries.customers import resolve


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two shops that both know a `li`, a buyer who calls himself C2, an e-mail buyer and a merged one."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        add_shop(conn, 2, "second")
        for customer, name, shop in [
            (1, "li", 1), (2, "wang", 1), (3, "li", 2), (4, "C2", 1), (5, "ann@example.org", 1), (6, "old", 1), (7, "x/y", 1),
        ]:  # fmt: skip
            add_customer(conn, customer, name, shop)
        persons.merge(conn, 6, 2, persons.Said(0, 0, "", "test"))
    return path


@pytest.mark.parametrize(
    ("key", "customer"),
    [
        ("wang", 2), (" wang ", 2), ("C1", 1), ("c1", 1), ("shop/li", 1), ("second/li", 3), ("old", 2), ("C6", 2),
        ("Ann@Example.org ", 5), ("shop/ann@example.org", 5), ("x/y", 7), ("shop/x/y", 7), ("C02", 2), ("shop/C2", 4),
    ],
)  # fmt: skip
def test_a_key_names_one_customer(store: Path, key: str, customer: int) -> None:
    """Buyer ids, addresses in any spelling, our own ids, and merged customers through their old names."""
    with reading(store) as conn:
        assert resolve(conn, key) == customer


@pytest.mark.parametrize("key", ["", "nobody", "C99", "c", "second/wang", "bob@example.org", "/", "li\x00"])
def test_an_unknown_key_is_refused(store: Path, key: str) -> None:
    """Nothing is guessed."""
    with reading(store) as conn, pytest.raises(NotFound) as refusal:
        resolve(conn, key)
    assert "customer list" in str(refusal.value.context["listing"])


@pytest.mark.parametrize(("key", "candidates"), [("li", "C1, C3"), ("C2", "C02, C4")])
def test_a_key_of_several_customers_is_refused_with_ids_that_work(store: Path, key: str, candidates: str) -> None:
    """The ids offered name exactly the customers that matched, even where a buyer's name looks like an id."""
    with reading(store) as conn:
        with pytest.raises(AmbiguousKey) as refusal:
            resolve(conn, key)
        assert refusal.value.context["candidates"] == candidates
        assert [resolve(conn, name) for name in candidates.split(", ")] == [
            int(name[1:]) for name in candidates.split(", ")
        ]


def test_lookups_use_the_index(store: Path) -> None:
    """A key is looked up in each shop by index, not by reading every identity."""
    with reading(store) as conn:
        seen: list[str] = []
        conn.set_trace_callback(seen.append)
        resolve(conn, "wang")
        conn.set_trace_callback(None)
        plans = [
            str(row) for sql in seen if "customer_identity" in sql for row in conn.execute("EXPLAIN QUERY PLAN " + sql)
        ]
    assert any("SEARCH i USING" in plan for plan in plans)
    assert not any("SCAN i" in plan for plan in plans)
