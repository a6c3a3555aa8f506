"""Times of exports: every written form, zones, days on which the clocks change, dates in file names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.clock import day_of, month_of_day
from shopcare.importers.values.cells import BadCell
from shopcare.importers.values.dates import DateOrderNeeded, judged_order
from shopcare.importers.values.times import Times, stamp_in_name


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2026-08-01 10:03:07", "2026-08-01T02:03:07"),
        ("2026-08-01T10:03:07", "2026-08-01T02:03:07"),
        ("2026-08-01 10:03", "2026-08-01T02:03:00"),
        ("2026-08-01", "2026-07-31T16:00:00"),
        ("2026/6/6 13:41", "2026-06-06T05:41:00"),
        ("2026年1月2日3时4分5秒", "2026-01-01T19:04:05"),
        ("2026-08-01 10:11:12 +0900", "2026-08-01T01:11:12"),
        ("2026-08-01T10:11:12Z", "2026-08-01T10:11:12"),
        ("2026-08-01T10:11:12.123-02:30", "2026-08-01T12:41:12"),
        ("2026-08-10 10:12:00 UTC", "2026-08-10T10:12:00"),
        ("２０２６－０８－０３　１０：００：００", "2026-08-03T02:00:00"),
        ("'2026-08-01 10:03:07\t", "2026-08-01T02:03:07"),
    ],
)
def test_every_form_seen_in_exports_is_read(cell: str, utc: str) -> None:
    """Without a zone in Shanghai time, with one as it says."""
    at = Times("Asia/Shanghai", "Asia/Shanghai").at(cell)
    assert at == int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "cell", ["2026-02-30", "2026-13-01", "2026-08-01 24:00:00", "2026-08-01 10:60", "0001-01-01", "9999-12-31",
             "1235.5", "31 Feb 2026", "01 Foo 2026", "Aug 1, 2026 13:00 PM", "yesterday", "2026-08-01 10:03:07 +2500", "²026-08-01"],
)  # fmt: skip
def test_what_is_no_time_is_refused(cell: str) -> None:
    """Impossible, ambiguous and absurd dates are named, not guessed."""
    with pytest.raises(BadCell) as refused:
        Times("UTC", "UTC").at(cell)
    assert refused.value.code == "bad-date"


@pytest.mark.parametrize("cell", ["", "-", "--", "null", "  \t"])
def test_nothing_is_no_time(cell: str) -> None:
    """The ways exports write nothing."""
    assert Times("UTC", "UTC").at(cell) is None


ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
EARLIEST, LATEST = datetime(1971, 1, 1), datetime(2037, 1, 1)  # noqa: DTZ001 - local times have no zone
MOMENTS = st.datetimes(EARLIEST, LATEST).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS, ZONES, ZONES)
def test_quick_and_exact_ways_agree(moment: datetime, source: str, shop: str) -> None:
    """Local times read as zoneinfo reads them (fold 0), also in skipped and repeated hours; days as the calendar has them."""
    times = Times(source, shop)
    at = times.at(f"{moment:%Y-%m-%d %H:%M:%S}")
    assert at == int(moment.replace(tzinfo=ZoneInfo(source)).timestamp())
    day = day_of(at, shop)
    assert times.day_and_month(at) == (day, month_of_day(day))


def test_skipped_and_repeated_hours_are_read_in_one_way() -> None:
    """Berlin 2026: 02:30 on 29 March does not exist, 02:30 on 25 October exists twice."""
    times = Times("Europe/Berlin", "Europe/Berlin")
    assert times.at("2026-03-29 02:30:00") == int(datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp())
    assert times.at("2026-10-25 02:30:00") == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        ("orders_export_20260805.csv", "2026-08-05T00:00:00"),
        ("ExportOrderList202608010900.csv", "2026-08-01T09:00:00"),
        ("export 2026-08-05 (1).csv", "2026-08-05T00:00:00"),
        ("2026-08-05T10-20-30.csv", "2026-08-05T10:20:30"),
        ("Order.all.20260801_20260831.xlsx", "2026-08-31T00:00:00"),
        ("All order-2026-08-13-10_11.csv", "2026-08-13T10:11:00"),
        ("orders_export_1.csv", None),
        ("20261305.csv", None),
        ("9920260805001.csv", None),
        ("订单 导出 (1).csv", None),
    ],
)
def test_the_date_in_a_name_is_the_export_date(name: str, utc: str | None) -> None:
    """A date, or a date and time, standing by itself in the file's name."""
    expected = None if utc is None else int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())
    assert stamp_in_name(name, "UTC") == expected


@pytest.mark.parametrize(
    ("order", "cell", "utc"),
    [
        ("", "01 Aug 2026 11:46", "2026-08-01T11:46:00"),
        ("", "2026-08-01 10:30 PM", "2026-08-01T22:30:00"),
        ("", "2026-08-01 12:00 am", "2026-08-01T00:00:00"),
        ("", "2026-08-01 10:00:00 +09", "2026-08-01T01:00:00"),
        ("", "2026-08-01 10:00:00 GMT+8", "2026-08-01T02:00:00"),
        ("", "2026-08-01 10:00:00 UTC-03:30", "2026-08-01T13:30:00"),
        ("", "Aug 1, 2026 10:00:00 AM GMT+0900", "2026-08-01T01:00:00"),
        ("", "Sep-27-26", "2026-09-27T00:00:00"),
        ("", "10-Dez-25", "2025-12-10T00:00:00"),
        ("", "Aug 1, 2026 12:00:00 AM", "2026-08-01T00:00:00"),
        ("", "46235.41666666666", "2026-08-01T10:00:00"),
        ("dmy", "13/08/2026 14:00:00", "2026-08-13T14:00:00"),
        ("mdy", "08/13/2026 02:00:00 PM\t", "2026-08-13T14:00:00"),
        ("mdy", "08/01/26", "2026-08-01T00:00:00"),
        ("dmy", "1.8.2026 09:05", "2026-08-01T09:05:00"),
        ("ymd", "26/08/01 09:05", "2026-08-01T09:05:00"),
        ("dmy", "01/08/2026  , 9:05:10 pm +08:00", "2026-08-01T13:05:10"),
    ],
)
def test_dates_that_are_not_year_first(order: str, cell: str, utc: str) -> None:
    """Months by name in English and German, a spreadsheet's day number, digits once their order is known."""
    assert Times("UTC", "UTC", order).at(cell) == int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "cell", ["2026-08-01-07", "2026-08-01 13:00 PM", "2026-08-01 0:10 AM", "2026-08-01 10:00 +25:00", "2026-08-01 PM"]
)
def test_clocks_and_zones_that_do_not_exist(cell: str) -> None:
    """Thirteen o'clock in the afternoon, a zone after a date without a clock, an offset of more than a day."""
    with pytest.raises(BadCell):
        Times("UTC", "UTC").at(cell)


def test_digits_alone_are_no_date() -> None:
    """Without an order of day and month nothing is guessed."""
    with pytest.raises(DateOrderNeeded):
        Times("UTC", "UTC").at("01/08/2026")


@given(st.lists(st.dates(date(1970, 1, 1)), min_size=1, max_size=20), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_column_is_judged_rightly_or_not_at_all(days: list[date], style: str) -> None:
    """What a column shows is the order it was written in, and it shows it exactly if a day after the twelfth is in it."""
    judged = judged_order([[day.strftime(style)] for day in days], [0], latest=2026)
    assert judged == (("dmy" if style.startswith("%d") else "mdy") if any(day.day > 12 for day in days) else None)


def test_a_number_no_month_has_is_no_evidence() -> None:
    """A 99 shows neither order: it is neither a day nor a month."""
    assert judged_order([["99/08/2026"], ["01/08/2026"], ["01/45/2026"]], [0], latest=2026) is None


@pytest.mark.parametrize(
    ("cells", "usual", "order"),
    [
        (["26/08/01", "26/12/31"], "", "ymd"),
        (["26/12/31"], "", "ymd"),
        (["99/12/31"], "", None),
        (["26/08/01"], "", "ymd"),
        (["24/08/25"], "", None),
        (["24/08/25", "01/09/25"], "", "dmy"),
        (["24/08/25", "24/09/01"], "", "ymd"),
        (["24/08/25"], "mdy", None),
        (["12/11/20"], "mdy", "mdy"),
        (["13/08/26"], "", "dmy"),
        (["08/13/26"], "", "mdy"),
        (["01/08/26"], "", None),
        (["01/08/26"], "mdy", "mdy"),
        (["13/08/26", "08/13/26"], "", None),
        (["13/08/26", "13/08/99"], "", "dmy"),
    ],
)
def test_years_of_two_digits(cells: list[str], usual: str, order: str | None) -> None:
    """A year may come first too: a reading with years to come, or far older than those of another one, is not meant."""
    assert judged_order([[cell] for cell in cells], [0], usual, latest=2027) == order


def test_a_year_of_four_digits_is_not_taken_for_a_day() -> None:
    """In a file whose years of two digits come first, another column's `13/08/2026` is no date."""
    with pytest.raises(BadCell):
        Times("UTC", "UTC", "ymd").at("13/08/2026")
