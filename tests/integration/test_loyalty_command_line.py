"""Tiers and points as operators run them: from an import to a redemption, with exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Run

ORDERS = """order_id,customer_id,ordered_at,status,currency,paid,freight,refunded,completed_at
G1,ann,2026-05-01 10:00:00,completed,CNY,5300.00,0,0,2026-05-10 10:00:00
G2,ann,2026-08-09 10:00:00,completed,CNY,120.50,20.00,0,2026-08-11 10:00:00
G3,bob,2026-07-01 10:00:00,shipped,CNY,80.00,0,0,
"""


@pytest.fixture
def loyal(shop: Run, home: Path) -> Run:
    """The program with three imported orders, tiers and points given."""
    (home / "orders.csv").write_text(ORDERS, "utf-8")
    for command in (["import", "orders", "orders.csv"], ["tier", "assign"], ["points", "award"]):
        done = shop(*command)
        assert done.returncode == 0, (command, done.stderr)
    return shop


def rows(run: Run, *command: str) -> list[dict[str, object]]:
    """The rows of a listing as JSON."""
    done = run(*command, "--json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout)["rows"])


def test_from_import_to_redemption(loyal: Run) -> None:
    """Ann is gold by 5,300, holds 5,300 points and waits for 100; 500 of them are redeemed on her order."""
    assert loyal("tier", "list", "--fields", "tier,members").stdout == "regular\t1\nsilver\t0\ngold\t1\ndiamond\t0\n"
    assert loyal("tier", "assign").stdout == ""
    balance = rows(loyal, "points", "balance", "ann")[0]
    assert (balance["available"], balance["pending"], balance["next_release_day"]) == (5300, 100, "2026-08-18")
    assert rows(loyal, "points", "redeem", "ann", "500", "--order", "G1")[0]["value_minor"] == 500
    assert [row["points"] for row in rows(loyal, "points", "history", "ann")] == [5300, 100, -500]
    assert [row["available"] for row in rows(loyal, "points", "balance")] == [4800, 80]


REFUSALS = [
    (
        "points redeem ann 5400",
        5,
        "has 5300 points available; 5400 requested.\n100 more become available by 2026-08-18.",
    ),
    ("points redeem ann 150", 5, "multiples of 100"),
    ("points redeem bob 100 --order G1", 5, "is not an order of member"),
    ("points redeem nobody 100", 4, "customer list"),
    ("points redeem ann 100 --order G9", 4, "order list"),
    ("points redeem ann 0", 2, "POINTS"),
    ("points award ann", 2, "CUSTOMER, POINTS and --reason"),
    ("points award ann 10", 2, "CUSTOMER, POINTS and --reason"),
    ("points award ann -- -10", 2, "POINTS"),
    ("points award --reason x", 2, "belong to CUSTOMER POINTS"),
    ("points balance ann --as-of 2026-13-01", 2, "2026-13-01"),
    ("tier assign --as-of 2026-08-12", 2, "2026-08-12"),
    ("tier show nobody", 4, "customer list"),
    ("points history nobody", 4, "customer list"),
]


def test_refusals_have_their_exit_code_and_change_nothing(loyal: Run) -> None:
    """One sentence, a hint, the exit code of its kind, and the balances are as before."""
    before = loyal("points", "balance").stdout
    for command, code, said in REFUSALS:
        done = loyal(*command.split(" "))
        assert (done.returncode, done.stdout) == (code, ""), command
        assert said in done.stderr, command
    assert loyal("points", "balance").stdout == before


def test_a_refusal_for_programs_is_one_json_line(loyal: Run) -> None:
    """Code, message, hint and the figures as context."""
    done = loyal("points", "redeem", "ann", "9900", "--json")
    told = json.loads(done.stderr)
    assert (done.returncode, told["code"], told["context"]["available"]) == (5, "points.insufficient", 5300)


def test_dry_runs_write_nothing(loyal: Run) -> None:
    """Each writing command previews with the same columns and leaves balances and history alone."""
    before = loyal("points", "history", "ann").stdout
    for command in (
        ["points", "redeem", "ann", "100"], ["points", "award", "ann", "5", "--reason", "x"], ["points", "award"],
        ["tier", "assign"],
    ):  # fmt: skip
        assert loyal(*command, "--dry-run").returncode == 0
    assert loyal("points", "history", "ann").stdout == before


def test_closing_a_case_takes_the_points_back(loyal: Run) -> None:
    """A refund of 300.00 booked by a case costs 300 points at once."""
    case = loyal("case", "open", "G1", "--kind", "refund_only", "--reason", "broken", "--fields", "id").stdout.strip()
    closed = loyal("case", "close", case, "--outcome", "partly_refunded", "--refund", "300.00")
    assert closed.returncode == 0, closed.stderr
    assert [row["points"] for row in rows(loyal, "points", "history", "ann")] == [5300, 100, -300]
