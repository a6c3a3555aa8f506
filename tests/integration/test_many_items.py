"""`--from`: one command on many items, in one transaction."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case_store import NOW, at, case_store, rows
from conftest import Run
from shopcare.domain.cases import Step
from shopcare.domain.report import Report
from shopcare.errors import ShopcareError
from shopcare.services import cases, many
from shopcare.services.case_reports import WRITTEN
from shopcare.services.cases import Opening


@pytest.fixture
def desk(run: Run, home: Path) -> Run:
    """The program over `case_store` with three open cases, A1 to A3."""
    folder = home / ".local/share/shopcare"
    folder.mkdir(parents=True)
    case_store(folder / "shopcare.db")
    opened = run("case", "open", "--from", "-", "--kind", "inquiry", "--reason", "recall", stdin="N1\nN2\n#1006\n")
    assert (opened.returncode, opened.stderr) == (0, "")
    return run


def test_what_one_command_prints_the_next_one_reads(desk: Run) -> None:
    """A whole tab-separated list is as good as its first column: the id stands there."""
    listed = desk("case", "list").stdout
    assert len(listed.splitlines()) == 3
    moved = desk("case", "move", "dispute", "--reason", "x", "--from", "-", "--json", stdin=listed)
    assert [(row["id"], row["stage"]) for row in json.loads(moved.stdout)["rows"]] == [
        ("A1", "disputed"), ("A2", "disputed"), ("A3", "disputed"),
    ]  # fmt: skip
    closed = desk("case", "close", "--from", "-", "--outcome", "rejected", "--reason", "x", "--fields", "id,outcome", stdin=listed)  # fmt: skip
    assert closed.stdout == "A1\trejected\nA2\trejected\nA3\trejected\n"


def test_one_refusal_and_nothing_is_written(desk: Run, home: Path) -> None:
    """The third id does not exist, so the first two are as they were; the refusal names it."""
    (home / "ids.txt").write_text("A1\nA2\nA9\n", "utf-8")
    done = desk("case", "move", "dispute", "--reason", "x", "--from", "ids.txt")
    assert (done.returncode, done.stdout) == (4, "")
    assert "A9" in done.stderr
    assert desk("case", "list", "--fields", "id,stage").stdout == "A1\trequested\nA2\trequested\nA3\trequested\n"


def test_ids_are_read_as_people_write_them(desk: Run, home: Path) -> None:
    """Blank lines, blanks around an id, a byte order mark and repeats do not matter."""
    (home / "ids.txt").write_bytes(b"\xef\xbb\xbfA1\r\n\r\n  A2 \r\nA1\n")
    done = desk("case", "move", "--from=ids.txt", "note", "--note", "seen", "--fields", "id")
    assert (done.returncode, done.stdout, done.stderr) == (0, "A1\nA2\n", "")


def test_no_ids_are_nothing_to_do(desk: Run) -> None:
    """An empty list is no mistake: a nightly pipe whose first command finds nothing ends well."""
    done = desk("case", "move", "note", "--note", "x", "--from", "-", "--json", stdin="\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["rows"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["case", "move", "note", "--note", "x", "--from", "gone.txt"], 4, "gone.txt"),
        (["case", "move", "note", "--note", "x", "--from", "."], 4, "Cannot read ids"),
        (["case", "close", "A1", "--outcome", "rejected", "--reason", "x", "--from", "-"], 2, "A1"),
        (["case", "move", "note", "--note", "x"], 2, "missing"),
        (["case", "move", "note", "--note", "x", "--from", "-", "--expect-version", "1"], 2, "--expect-version"),
        (["case", "open", "--from", "-", "--kind", "inquiry", "--reason", "x", "--external-id", "7"], 2, "--external-id"),
        (["points", "award", "--from", "-", "--reason", "x"], 2, "POINTS"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(desk: Run, arguments: list[str], code: int, said: str) -> None:
    """A file that is not there is exit 4; an option about one case, or a case beside --from, exit 2."""
    done = desk(*arguments, stdin="A1\n")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_file_that_is_no_text_is_named(desk: Run, home: Path) -> None:
    """A workbook given as a list of ids is refused in a sentence."""
    (home / "ids.xlsx").write_bytes(b"PK\x03\x04\xff\xfe\x00")
    done = desk("case", "move", "note", "--note", "x", "--from", "ids.xlsx")
    assert (done.returncode, done.stderr.splitlines()[0]) == (4, "error: Cannot read ids from ids.xlsx: not UTF-8.")


def test_a_dry_run_on_many_says_the_same_and_writes_nothing(desk: Run) -> None:
    """The same rows, and the cases as they were."""
    call = ("case", "move", "note", "--note", "x", "--from", "-", "--fields", "id,version")
    dry = desk(*call, "--dry-run", stdin="A1\nA2\n")
    assert dry.stderr == "Dry run: nothing was written.\n"
    assert desk(*call, stdin="A1\nA2\n").stdout == dry.stdout == "A1\t2\nA2\t2\n"


def test_a_bonus_for_many_is_booked_once_each(desk: Run) -> None:
    """Again on the same day nothing is booked, and the row says so."""
    call = ("points", "award", "50", "--reason", "anniversary", "--from", "-", "--fields", "customer,points,state")
    assert desk(*call, stdin="C1\nli\n").stdout == "C1\t50\tbooked_before\n"
    assert desk("points", "balance", "C1", "--fields", "available").stdout.split()[-1] == "50"


ORDERS = "order_id,ordered_at,paid,customer_id\n{number},2026-08-01 10:00,10.00,{buyer}\n"


def test_batches_are_undone_together_newest_first(shop: Run, home: Path) -> None:
    """`import list` prints the newest first, which is the order in which they can be undone; the other way is refused."""
    for number in (1, 2, 3):
        (home / f"{number}.csv").write_text(
            ORDERS.format(number=1, buyer="ann").replace("10.00", f"{number}.00"), "utf-8"
        )
        stamp = ("--exported-at", f"2026-08-0{number + 1}")
        assert shop("import", "orders", f"{number}.csv", *stamp).returncode == 0
    refused = shop("import", "undo", "--from", "-", stdin="B1\nB2\nB3\n")
    assert (refused.returncode, shop("order", "list", "--fields", "paid").stdout) == (5, "3.00\n")
    listed = shop("import", "list", "--limit", "2", "--fields", "batch").stdout
    done = shop("import", "undo", "--from", "-", "--fields", "batch,orders_restored", stdin=listed)
    assert (done.returncode, done.stdout, done.stderr) == (0, "B3\t1\nB2\t1\n", "")
    assert shop("order", "list", "--fields", "paid").stdout == "1.00\n"
    assert shop("db", "check").returncode == 0


def test_duplicates_are_merged_and_taken_out_again_together(shop: Run, home: Path) -> None:
    """A person is named once, however many were merged into it."""
    lines = "".join(ORDERS.format(number=n, buyer=f"b{n}").splitlines(keepends=True)[1] for n in (1, 2, 3))
    (home / "o.csv").write_text(ORDERS.splitlines(keepends=True)[0] + lines, "utf-8")
    assert shop("import", "orders", "o.csv").returncode == 0
    merged = shop("customer", "merge", "C1", "--from", "-", "--fields", "customer,merged,orders", stdin="C2\nC3\n")
    assert merged.stdout == "C1\tC2 C3\t3\n"
    apart = shop("customer", "unmerge", "--from", "-", "--fields", "customer,orders", stdin="C2\nC3\n")
    assert apart.stdout == "C1\t1\nC2\t1\nC3\t1\n"


ACTIONS = st.sampled_from(["negotiate", "approve", "reject", "dispute", "settle", "note", "wait"])


@settings(max_examples=40, deadline=None)
@given(keys=st.lists(st.sampled_from(["A1", "A2", "A3", "A9"]), unique=True, max_size=4), action=ACTIONS, first=ACTIONS)
def test_many_at_once_are_each_of_them_or_none(keys: list[str], action: str, first: str) -> None:
    """Where each item by itself is taken, all at once come to the same store; where one is refused, to no change at all."""
    with tempfile.TemporaryDirectory() as folder:
        together, apart = (case_store(Path(folder) / f"{name}.db") for name in ("together", "apart"))
        for store in (together, apart):
            for number in ("N1", "N2", "#1006"):
                cases.open_case(at(store, NOW), Opening(number, "refund_only", "x"))
            with_step(store, "A1", first)
        before = written(together)
        refused = [key for key in keys if not with_step(apart, key, action)]
        try:
            many.each(at(together, NOW), keys, lambda key: move(together, key, action), WRITTEN)
            assert not refused
            assert written(together) == written(apart)
        except ShopcareError:
            assert refused
            assert written(together) == before


def move(store: Path, key: str, action: str) -> Report:
    """One step on one case."""
    step = Step(action, waiting_on="buyer", reason="x", note="y")  # type: ignore[arg-type]  # any word of the desk
    return cases.move(at(store, NOW), key, step)


def with_step(store: Path, key: str, action: str) -> bool:
    """Whether a case takes a step; it then has."""
    try:
        move(store, key, action)
    except ShopcareError:
        return False
    return True


def written(store: Path) -> list[tuple[object, ...]]:
    """Everything the desk has written."""
    return [
        *rows(store, 'SELECT id, stage, waiting_on, version FROM "case" ORDER BY id'),
        *rows(store, "SELECT case_id, seq, action, stage FROM case_event ORDER BY case_id, seq"),
    ]
