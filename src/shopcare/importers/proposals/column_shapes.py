"""What the cells of a column look like, and which of several columns that look like a field is most likely it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from shopcare.domain.money import is_currency
from shopcare.importers.formats.catalog import normal_word, shipped_formats
from shopcare.importers.proposals.case_words import case_status_words
from shopcare.importers.proposals.unknown_table import Table
from shopcare.importers.values.cells import BadCell
from shopcare.importers.values.dates import DateOrderNeeded
from shopcare.importers.values.times import Times

#: The share of filled cells that must have a shape; of status words, which are everybody's own, half are enough.
SHAPED, SHAPED_WORDS = 0.9, 0.5

#: A word as opposed to a day, an amount or an address.
WORD = "word"

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch
_MONEY = re.compile(r"-?[^\w\s-]{0,2}\s?(?:[A-Z]{3}\s?)?[0-9][0-9.,]*(?:\s?(?:元|[A-Z]{3}|[^\w\s]))?").fullmatch
_DECIMALS = re.compile(r".*[0-9][.,][0-9]{2}(?:[^0-9].*)?").fullmatch
_COUNT = re.compile(r"[0-9]{1,5}(?:\.0+)?").fullmatch
_RATING = re.compile(r"[1-5](?:\.0+)?(?:/5|星)?|★{1,5}☆*").fullmatch
_DATE_IN_DIGITS = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(?:\s.*)?").fullmatch
_LONG_NUMBER = re.compile(r"[0-9]{9,}|0[0-9]+").fullmatch

ID, STATUS, CASE_STATUS = "id", "status", "case_status"

#: Field → the shape of its values; fields that are not named here hold any text.
SHAPES: Mapping[str, str] = {
    "email": "email", "status": STATUS, "rating": "rating", "score": "count", "scale_max": "count", "quantity": "count",
    "currency": "currency", "order_id": ID, "case_id": ID,
    **dict.fromkeys(("paid", "refunded", "freight", "discount", "unit_price", "total", "amount"), "money"),
    **dict.fromkeys(
        (
            "ordered_at", "paid_at", "shipped_at", "completed_at", "reviewed_at", "replied_at", "answered_at",
            "happened_at", "applied_at", "closed_at", "refunded_at",
        ),
        "date",
    ),
}  # fmt: skip

#: How a column says in its name that it is a status.
SAYS_STATUS = re.compile("status|zustand|状态|狀態|สถานะ").search

_PHONES = "phone|mobile|tel\\b|手机|电话|联系"
_PERSONS = "customer|buyer|member|user|client|kunde|会员|买家|客户|用户"
_GOODS = "sku|product|article|artikel|货号|货品|商品|barcode|条码"
_NUMBERS = r"number|nummer|编号|单号|\bno\b|\bnr\b|\bid\b|#"
#: Field → what a column is called that is never taken for it by its cells alone.
NEVER: Mapping[str, str] = {
    "order_id": f"{_PHONES}|{_PERSONS}|{_GOODS}|track|parcel|快递|物流|运单|zip|postcode|postal|邮编|身份证|tax|税",
    "case_id": f"{_PHONES}|{_PERSONS}|{_GOODS}|track|parcel|快递|物流|运单|zip|postcode|postal|邮编|身份证|tax|税",
    "customer_id": f"{_PHONES}|{_GOODS}|order|订单|mail|邮|name|姓名|zip|身份证|date|日期|时间",
    "paid": (
        f"{_PHONES}|{_NUMBERS}|{_GOODS}|\\bline|lineitem|sub-?\\s?total|zwischensumme|小计|tax|vat|mwst|steuer|税|discount|rabatt|优惠|折扣|refund|"
        "退款|ship|freight|versand|porto|运费|邮费|fee|手续费|佣金|cost|成本|price|preis|单价|balance|余额|point|积分|qty|quantity|"
        "menge|anzahl|数量|件数|zip|post|邮编|序号|weight|重量"
    ),
    **dict.fromkeys(
        ("ordered_at", "reviewed_at", "answered_at", "happened_at"),
        "birth|生日|regist|注册|expir|到期|updat|modif|更新|修改",
    ),
}  # fmt: skip
#: Field → what its columns are called, the surest first; the first of these that any column is called decides.
LIKELY: Mapping[str, tuple[str, ...]] = {
    "order_id": ("order|订单|bestell|auftrag|pedido|pesanan|commande|ordine|注文|주문", _NUMBERS),
    "case_id": ("case|售后|退款|退货|return|rma|refund|claim|ticket|服务单", _NUMBERS),
    "customer_id": (f"(?:{_PERSONS}).*(?:{_NUMBERS})", _PERSONS, _NUMBERS),
    "paid": (
        "paid|bezahlt|实付|实收", "total|gross|brutto|总|gesamt|summe|合计",
        "amount|betrag|金额|revenue|umsatz|sales|valor|importe",
    ),
    "ordered_at": (
        "order|bought|purchas|placed|creat|kauf|bestell|pedido|下单|订单|创建|成交|拍下", "date|datum|day|time|日期|时间"
    ),
    "rating": ("rating|star|score|评分|星|分",), "score": ("score|nps|csat|rating|评分|得分|打分|分",),
    "reviewed_at": ("review|评", "date|time|日期|时间"), "answered_at": ("answer|submit|答|提交", "date|time|日期|时间"),
    "happened_at": ("time|时间", "date|日期"),
}  # fmt: skip


def shape_of(kind: str, field: str) -> str:
    """The shape of a field's values; empty for any text."""
    if field == "status":
        return CASE_STATUS if kind == "cases" else STATUS
    return ID if (kind, field) == ("customers", "customer_id") else SHAPES.get(field, "")


def fits(table: Table, column: str, shape: str, share: float = SHAPED) -> bool:
    """Whether so many of the filled cells of a column have a shape; an empty column may have any."""
    cells = table.cells(column)
    return not shape or sum(1 for cell in cells if _LOOKS[shape](cell)) >= share * len(cells)


def candidates(table: Table, field: str, shape: str, columns: Sequence[str]) -> list[str]:
    """The columns that look like a field by their cells: one if they tell which, several if they do not."""
    share = SHAPED_WORDS if shape in (STATUS, CASE_STATUS) else SHAPED
    found = [each for each in columns if table.cells(each) and fits(table, each, shape, share)]
    found = [each for each in found if not _is_called(NEVER.get(field), each)]
    if shape == ID:
        lines = LIKELY["order_id"][0] if field == "order_id" else None  # an order may have several rows
        found = [each for each in found if _tells_rows_apart(table.cells(each)) or _is_called(lines, each)]
    if shape == "money":
        found = [each for each in found if not all(map(_LONG_NUMBER, table.cells(each)))]
    for names in LIKELY.get(field, ()):
        if likely := [each for each in found if _is_called(names, each)]:
            return likely
    plain = [each for each in found if any(map(_DECIMALS if shape == "money" else _is_no_count, table.cells(each)))]
    return plain or found


def _is_called(names: str | None, column: str) -> bool:
    return names is not None and re.search(names, column.lower()) is not None


def _tells_rows_apart(cells: Sequence[str]) -> bool:
    """Whether every cell is another one, and they do not just count the rows."""
    return len(set(cells)) == len(cells) and list(cells) not in (
        [str(number) for number in range(first, first + len(cells))] for first in (0, 1)
    )


def _is_no_count(cell: str) -> bool:
    return not _COUNT(cell)


_TIMES = Times("UTC", "UTC")


def _is_date(cell: str) -> bool:
    if _DATE_IN_DIGITS(cell):
        return True
    if cell.replace(".", "", 1).isdigit():
        return False  # a spreadsheet's day number looks like any id
    try:
        return _TIMES.at(cell) is not None
    except DateOrderNeeded:
        return True
    except BadCell:
        return False


def _is_id(cell: str) -> bool:
    """Ids have a digit; amounts, days and addresses do too."""
    return (
        any(map(str.isdigit, cell))
        and not _EMAIL(cell)
        and not (_MONEY(cell) and _DECIMALS(cell))
        and not _is_date(cell)
    )


@lru_cache(maxsize=1)
def _status_words() -> frozenset[str]:
    return frozenset(word for known in shipped_formats() for word in known.status if word)


_LOOKS: Mapping[str, Callable[[str], object]] = {
    "email": lambda cell: _EMAIL(cell) or "*" in cell, "money": _MONEY, "count": _COUNT, "rating": _RATING, "date": _is_date,
    "currency": lambda cell: is_currency(cell.upper()), ID: _is_id,
    STATUS: lambda cell: normal_word(cell) in _status_words(),
    CASE_STATUS: lambda cell: normal_word(cell) in case_status_words(),
    WORD: lambda cell: not _is_date(cell) and not _EMAIL(cell) and not (_MONEY(cell) and _DECIMALS(cell)),
}  # fmt: skip
