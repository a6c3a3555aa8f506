"""`shopcare report retention` as a command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from order_store import Bought, order_store
from shopcare.cli import context
from shopcare.cli.app import run

NOW = 1_780_000_000
DAY = 86_400


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with a few orders, and nothing of the user's own surroundings."""
    monkeypatch.setattr(context, "chosen", context.Everywhere())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPCARE_NOW", "2026-05-28T00:00:00Z")
    orders = [Bought(n % 4, NOW - 40 * DAY * n, 1000 + n) for n in range(9)]
    return order_store(tmp_path / "store.db", orders)


def call(store: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    code = run(["report", "retention", "--store", str(store), *options])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_has_the_promised_keys(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Schema, facts, six blocks with definitions, and rows by column name."""
    code, out, _err = call(store, capsys, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["schema"], found["as_of"], found["timezone"], found["currency"]) == (
        "shopcare.report.retention/1",
        "2026-05-28",
        "Asia/Shanghai",
        "CNY",
    )
    assert [block["id"] for block in found["blocks"]] == [
        "base",
        "repeat_rate",
        "second_order",
        "gaps",
        "cohorts",
        "cohort_average",
    ]
    assert [block["definition"] for block in found["blocks"]] == [f"retention.{b['id']}/1" for b in found["blocks"]]
    by_id = {block["id"]: block["rows"][0] for block in found["blocks"]}
    assert {"orders", "customers", "net_minor", "guest_orders"} <= by_id["base"].keys()
    assert by_id["repeat_rate"].keys() == {"by", "k", "n", "rate", "low", "high"}
    assert {"within_days", "naive", "mature", "mature_n", "immature", "km", "km_low", "km_high"} <= by_id[
        "second_order"
    ].keys()
    assert by_id["gaps"].keys() == {"n", "mean", "p25", "median", "p75", "p90"}
    assert by_id["cohorts"].keys() == {
        *("cohort", "size", "offset", "active", "unbounded"),
        *("repeated_by", "net_minor", "cum_net_minor", "complete"),
    }
    assert isinstance(by_id["cohorts"]["complete"], bool)
    assert by_id["cohorts"]["cohort"] == "2025-08"


def test_csv_has_every_cell_of_the_matrix(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal shows as many months as fit; the csv form has the long table whole."""
    _code, out, _err = call(store, capsys, "--format", "csv")
    lines = list(csv.reader(out.splitlines()))
    start = lines.index(["# cohorts"])
    cells = [line for line in lines[start + 2 : lines.index(["# cohort_average"])] if line]
    assert cells[0][:3] == ["2025-08", "1", "0"]
    assert {line[0] for line in cells} >= {"2025-08", "2025-10", "2025-11"}
    assert max(int(line[2]) for line in cells) == 9


def test_table_form_draws_the_matrix(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table form ends with the cohorts as rows, months as columns and the averages as last row."""
    code, out, _err = call(store, capsys, "--format", "table")
    assert code == 0
    assert "Cohort" in out
    assert "Average" in out
    assert "Active share, all cohorts" not in out
    assert any(line.startswith("2025-08") and "100.0" in line for line in out.splitlines())


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--as-of", "yesterday"], 2, "2026-06-30"),
        (["--tz", "Mars/Base"], 2, "Asia/Shanghai"),
        (["--currency", "yuan"], 2, "CNY"),
        (["--shop", "nobody"], 4, "shop list"),
    ],
)
def test_bad_options_are_refused_with_a_way_on(
    store: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, word: str
) -> None:
    """Each wrong value gives its exit code and a hint that shows a right one."""
    found, out, err = call(store, capsys, *options)
    assert (found, out) == (code, "")
    assert word in err


def test_fewer_fields_give_plain_tables(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A matrix whose sizes were left out cannot be drawn; its columns are listed as they are."""
    code, out, _err = call(store, capsys, "--format", "table", "--fields", "cohort,offset,active")
    assert code == 0
    assert sum(line.startswith("2025-08") for line in out.splitlines()) == 10
