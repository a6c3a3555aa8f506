"""Cases, orders and customers as operators type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from case_store import case_store
from conftest import Run
from tests_support import modules_loaded

HEAVY = {"rich", "sqlmodel", "sqlalchemy", "pydantic", "asyncio", "alembic"}


@pytest.fixture
def desk(run: Run, home: Path) -> Run:
    """The program over the orders of `case_store`."""
    folder = home / ".local/share/shopcare"
    folder.mkdir(parents=True)
    case_store(folder / "shopcare.db")
    return run


def test_ids_flow_from_one_command_to_the_next(desk: Run) -> None:
    """`case open --fields id` prints an id and nothing else, and `case close` takes it."""
    done = desk("case", "open", "N1", "--kind", "return_refund", "--reason", "zip", "--line", "TEE:1", "--fields", "id")
    assert (done.returncode, done.stdout, done.stderr) == (0, "A1\n", "")
    closed = desk("case", "close", "A1", "--outcome", "refunded", "--json")
    row = json.loads(closed.stdout)["rows"][0]
    assert (row["id"], row["refund_minor"], row["left_minor"], row["outcome"]) == ("A1", 2_000, 9_000, "refunded")
    assert desk("case", "list", "--fields", "id").stdout == ""
    assert desk("case", "list", "--all", "--fields", "id,refunded").stdout == "A1\t20.00\n"
    assert desk("order", "list", "--customer", "C1", "--fields", "order,net").stdout == "N2\t50.00\nN1\t90.00\n"


def test_refusals_are_one_json_line_with_their_code(desk: Run) -> None:
    """A refund above what is left names both sides and the difference, exit 5, and stdout stays empty."""
    desk("case", "open", "N1", "--kind", "refund_only", "--reason", "late")
    done = desk("case", "close", "A1", "--outcome", "refunded", "--refund", "110.01", "--json")
    error = json.loads(done.stderr)
    assert (done.returncode, done.stdout, error["code"]) == (5, "", "refund.above_left")
    assert {key: error["context"][key] for key in ("asked", "left", "difference")} == {
        "asked": "110.01", "left": "110.00", "difference": "0.01",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "arguments", "named"),
    [
        (4, ["case", "show", "A9"], "case list"),
        (4, ["case", "close", "A9", "--outcome", "refunded"], "case list"),
        (4, ["order", "show", "N99"], "order list"),
        (4, ["customer", "show", "nobody"], "customer list"),
        (4, ["order", "list", "--shop", "nowhere"], "shop list"),
        (2, ["case", "open", "N1", "--kind", "refund", "--reason", "x"], "refund_only"),
        (2, ["case", "open", "N1", "--kind", "inquiry"], "--reason"),
        (2, ["case", "close", "A1"], "--outcome"),
        (2, ["case", "list", "--stage", "open"], "requested"),
        (2, ["order", "list", "--since", "yesterday"], "2026-06-30"),
        (2, ["order", "list", "--limit", "0"], "--limit"),
    ],
)
def test_wrong_calls_say_what_to_do(desk: Run, code: int, arguments: list[str], named: str) -> None:
    """Exit 4 for what does not exist, 2 for what cannot be meant; the message names the way on."""
    done = desk(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert named in done.stderr


def test_a_negative_refund_is_refused_by_the_rule(desk: Run) -> None:
    """A minus is read as an amount, not as an option, and refused."""
    desk("case", "open", "N1", "--kind", "refund_only", "--reason", "late")
    done = desk("case", "close", "A1", "--outcome", "refunded", "--refund", "-5")
    assert done.returncode == 5
    assert "above zero" in done.stderr


def test_the_long_way_of_an_exchange(desk: Run) -> None:
    """Every step of a parcel there and back, each with its own line in the history."""
    desk("case", "open", "N1", "--kind", "exchange", "--reason", "too small", "--line", "TEE:1")
    for action in ("approve", "await_return", "send_back", "receive", "await_reship", "reship", "deliver"):
        done = desk("case", "move", "A1", action)
        assert done.returncode == 0, done.stderr
    assert desk("case", "close", "A1", "--outcome", "exchanged").returncode == 0
    assert desk("case", "move", "A1", "reopen", "--reason", "broke").returncode == 0
    blocks = {block["id"]: block for block in json.loads(desk("case", "show", "A1", "--json").stdout)["blocks"]}
    assert [row["action"] for row in blocks["events"]["rows"]][-2:] == ["close", "reopen"]
    assert blocks["case"]["rows"][0]["reopened"] == 1
    assert blocks["case"]["rows"][0]["version"] == 10


@pytest.mark.parametrize(
    "command",
    [["case", "list", "--all"], ["case", "show", "A1"], ["order", "list"], ["order", "show", "N1"], ["customer", "show", "C1"]],
)  # fmt: skip
def test_piped_reads_load_nothing_heavy(desk: Run, command: list[str]) -> None:
    """Looking at cases, orders and customers stays inside the start-up budget."""
    desk("case", "open", "N1", "--kind", "inquiry", "--reason", "x")
    assert not modules_loaded(desk, *command) & HEAVY


def test_a_write_to_a_case_loads_the_tables_of_its_area_only(desk: Run) -> None:
    """Tables of points, reviews or the audit cost a desk's write nothing."""
    loaded = modules_loaded(desk, "case", "open", "N1", "--kind", "inquiry", "--reason", "asked")
    assert "shopcare.store.tables.cases" in loaded
    assert not {f"shopcare.store.tables.{area}" for area in ("audit", "loyalty", "records")} & loaded
