"""Values as text: for machines (exact, unlocalised) and for people (grouped, translated)."""

from __future__ import annotations

from collections.abc import Mapping

from shopcare.domain.clock import date_of, iso, moment, month_text
from shopcare.domain.money import format_amount
from shopcare.domain.report import NOTHING, Block, Column, Report, Row, Value
from shopcare.i18n import N_, _
from shopcare.render.text import neutral

UNKNOWN = "*"


#: Facts about a whole report that people need beside its figures, with their names.
ABOUT = (("as_of", N_("as of")), ("timezone", N_("time zone")), ("currency", N_("currency")), ("shop", N_("shop")))


def about_line(report: Report) -> str:
    """What the figures of a report hold for: day, zone, currency, shop; empty if it says none of these."""
    said = [f"{_(name)} {neutral(str(report.facts[key]))}" for key, name in ABOUT if report.facts.get(key)]
    return " · ".join(said)


def currency_of(block: Block, row: Row) -> str:
    """The currency of a row: its own `currency` column, else the block's."""
    for column, value in zip(block.columns, row, strict=True):
        if column.key == "currency" and value:
            return str(value)
    return block.currency


def plain(column: Column, value: Value, tz: str = "UTC") -> Value:
    """The JSON value: days and months as ISO text, instants as ISO 8601 with offset, money in minor units."""
    if value is None:
        return None
    match column.kind:
        case "day":
            return date_of(int(value)).isoformat()
        case "month":
            return month_text(int(value))
        case "instant":
            return iso(int(value), tz)
        case "bool":
            return bool(value)
        case _:
            return value


def exact(column: Column, value: Value, currency: str, tz: str = "UTC") -> str:
    """The text for tsv and csv: money in major units without grouping, unknown as an empty cell."""
    if value is None:
        return ""
    if column.kind == "money":
        return format_amount(int(value), currency)
    shown = plain(column, value, tz)
    if isinstance(shown, bool):
        return "true" if shown else "false"
    return str(shown)


def human(column: Column, value: Value, currency: str, tz: str = "UTC", names: Mapping[str, Value] = NOTHING) -> str:
    """The text for people; unknown is `*` for a number and `-` for a word or a time."""
    if value is None:
        return UNKNOWN if column.kind in {"int", "number", "money", "rate"} else "-"
    match column.kind:
        case "money":
            return format_amount(int(value), currency, grouped=True)
        case "int":
            return f"{int(value):,}"
        case "number":
            return f"{float(value):,.1f}"
        case "rate":
            return f"{float(value) * 100:.1f} %"
        case "bool":
            return _("yes") if value else _("no")
        case "instant":
            return moment(int(value), tz).strftime("%Y-%m-%d %H:%M")
        case "code":
            return neutral(str(names.get(str(value)) or _(str(value))))
        case _:
            return neutral(str(plain(column, value, tz)))
