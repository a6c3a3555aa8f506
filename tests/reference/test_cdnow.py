"""The whole summary against the CDNOW sample: 6,919 orders of 2,357 customers who first bought in early 1997.

Source: Fader and Hardie (2001), Forecasting Repeat Sales at CDNOW; the figures were worked out from the same orders
independently of this program. `make reference` fetches the data and runs this; CDNOW names the folder it is in.
"""

from __future__ import annotations

import csv
import os
import zipfile
from datetime import date
from pathlib import Path

import pytest

from order_store import Bought, blocks, order_store
from shopcare.domain.clock import day_number, month_text
from shopcare.domain.report import Value
from shopcare.reports.retention import retention

FOLDER = os.environ.get("CDNOW")

if not FOLDER:
    pytest.skip("`make reference` fetches the data and runs this", allow_module_level=True)

AS_OF = day_number(date(1998, 6, 30))

# Offsets 0 to 3: size, then active, unbounded, repeated_by, net_minor, cum_net_minor of each.
COHORTS = """
1997-01 781  781 781  81 2859270 2859270  124 355 173 700373 3559643  95 323 224 424164 3983807  70 300 243 375536 4359343
1997-02 857  857 857 103 3343008 3343008  134 378 203 641837 3984845 110 343 252 498366 4483211  75 318 277 359041 4842252
1997-03 719  719 719  95 3281209 3281209   87 333 155 410303 3691512  84 316 191 345667 4037179  78 297 227 316359 4353538
"""

# Within days: naive and mature alike (every window is over), then Kaplan-Meier with its interval.
SECOND_ORDER = {
    30: (410, 0.1739499363597795, 0.15923554249255445, 0.18986422244726253),
    90: (687, 0.29147221043699667, 0.27357615823713133, 0.31027141131032165),
    180: (887, 0.37632583792957264, 0.3571130339945806, 0.39622388750082094),
}


def _rows() -> list[tuple[str, str, str]]:
    """Customer, day and amount of every order: from a CSV file, or from the package that carries the data."""
    assert FOLDER
    plain = Path(FOLDER) / "cdnow_sample_orders.csv"
    if plain.exists():
        with plain.open(newline="") as file:
            return [(row["customer_id"], row["ordered_at"], row["net"]) for row in csv.DictReader(file)]
    (package,) = Path(FOLDER).glob("*.whl")
    with zipfile.ZipFile(package) as archive:
        lines = archive.read("lifetimes/datasets/CDNOW_sample.txt").decode().splitlines()
    return [(customer, day, amount) for _master, customer, day, _quantity, amount in map(str.split, lines)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Value]]]:
    """The blocks of the report as of the last day of the data."""
    orders = [
        Bought(
            int(customer), day_number(date.fromisoformat(day)) * 86_400, int(amount.replace(".", "")), currency="USD"
        )
        for customer, day, amount in _rows()
    ]
    store = order_store(tmp_path_factory.mktemp("cdnow") / "store.db", orders, zones=("UTC",))
    report = retention(store, 2**31, as_of_day=AS_OF)
    assert report.facts == {"as_of": "1998-06-30", "timezone": "UTC", "currency": "USD"}
    assert not report.warnings
    return blocks(report)


def test_base(found: dict[str, list[dict[str, Value]]]) -> None:
    """Orders, customers, net and the share of repeat orders with its interval."""
    (base,) = found["base"]
    assert [
        base[key] for key in ("orders", "customers", "net_minor", "guest_orders", "repeat_orders", "orders_max")
    ] == [*(6919, 2357, 24409194, 0, 4562, 56)]
    assert base["repeat_low"] == pytest.approx(0.6480910619738177, abs=1e-9)
    assert base["repeat_high"] == pytest.approx(0.6704197710585512, abs=1e-9)


def test_repeat_rate(found: dict[str, list[dict[str, Value]]]) -> None:
    """1,152 by orders and 1,139 by days, of 2,357, with Wilson intervals."""
    rows = [(row["by"], row["k"], row["n"], row["low"], row["high"]) for row in found["repeat_rate"]]
    assert rows == [
        (
            "orders",
            1152,
            2357,
            pytest.approx(0.46861126526559443, abs=1e-9),
            pytest.approx(0.5089391120365412, abs=1e-9),
        ),
        ("days", 1139, 2357, pytest.approx(0.4631109763560743, abs=1e-9), pytest.approx(0.5034263784905053, abs=1e-9)),
    ]


@pytest.mark.parametrize("window", SECOND_ORDER)
def test_second_order(found: dict[str, list[dict[str, Value]]], window: int) -> None:
    """Naive, mature and Kaplan-Meier agree on data where everyone was watched long enough."""
    (row,) = (row for row in found["second_order"] if row["within_days"] == window)
    k, *estimate = SECOND_ORDER[window]
    assert (row["naive"], row["mature"], row["mature_n"], row["immature"]) == (k, k, 2357, 0)
    assert [row["km"], row["km_low"], row["km_high"]] == pytest.approx(estimate, abs=1e-9)


def test_gaps(found: dict[str, list[dict[str, Value]]]) -> None:
    """4,339 gaps between purchase days, median 34."""
    (row,) = found["gaps"]
    assert row["n"] == 4339
    assert [row[key] for key in ("mean", "p25", "median", "p75")] == pytest.approx(
        [70.86056695091035, 12.0, 34.0, 90.5], abs=1e-9
    )


@pytest.mark.parametrize("line", COHORTS.strip().splitlines())
def test_cohorts(found: dict[str, list[dict[str, Value]]], line: str) -> None:
    """The first four cells of each of the three cohorts."""
    name, *numbers = line.split()
    size, *wanted = map(int, numbers)
    cells = [row for row in found["cohorts"] if month_text(int(row["cohort"] or 0)) == name]
    assert all(cell["size"] == size for cell in cells)
    keys = ("active", "unbounded", "repeated_by", "net_minor", "cum_net_minor")
    assert [cell[key] for cell in cells[:4] for key in keys] == wanted
    assert all(cell["complete"] for cell in cells)
    assert cells[-1]["offset"] == 17 - int(name[-2:]) + 1


def test_cohort_averages(found: dict[str, list[dict[str, Value]]]) -> None:
    """Active share after one, three and six months, weighted by customers."""
    weighted = {row["offset"]: row["weighted"] for row in found["cohort_average"]}
    assert [weighted[1], weighted[3], weighted[6]] == pytest.approx(
        [0.1463725074246924, 0.09461179465422147, 0.07679253288078065], abs=1e-9
    )
