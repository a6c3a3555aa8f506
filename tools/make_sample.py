"""Write the bundled sample of a small web shop: invented, and the same on every machine.

    python tools/make_sample.py

Eleven monthly intakes of buyers who come back with falling probability, so that the retention summary of the demo has
something to show. Writes src/shopcare/samples/web_orders_2026.csv in the `generic` format.
"""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/shopcare/samples/web_orders_2026.csv"
FIELDS = (
    "order_id", "customer_id", "ordered_at", "status", "currency", "paid", "refunded", "freight", "discount", "paid_at",
    "shipped_at", "completed_at", "line_id", "sku", "title", "category", "quantity", "unit_price", "channel",
    "payment_method", "province",
)  # fmt: skip
PRODUCTS = (
    ("CUP-01", "示例茶杯", "茶具", 59), ("POT-01", "示例茶壶", "茶具", 269), ("TRAY-01", "示例茶盘", "茶具", 428),
    ("TEA-250", "示例红茶 250 克", "茶叶", 138), ("TEA-500", "示例白茶 500 克", "茶叶", 368),
    ("GIFT-01", "示例礼盒", "礼品", 888),
)  # fmt: skip
PROVINCES = ("浙江省", "广东省", "江苏省", "四川省", "北京", "上海")
#: Shop time, written without a zone as web shops do.
START, END = datetime.fromisoformat("2025-10-01T09:00"), datetime.fromisoformat("2026-08-31T20:00")


def purchases(dice: random.Random) -> list[tuple[datetime, str]]:
    """When which buyer buys, oldest first."""
    found = []
    for month in range(11):
        for buyer in range(dice.randint(18, 34)):
            at = START + timedelta(days=int(30.4 * month) + dice.randint(0, 29), minutes=dice.randint(0, 780))
            loyalty = dice.betavariate(1.3, 2.2)
            name = f"web{month:02d}{buyer:02d}"
            while at < END:
                found.append((at, name))
                if dice.random() > loyalty:
                    break
                at += timedelta(days=max(1, round(dice.lognormvariate(3.5, 0.7))))
    return sorted(found)


def rows(dice: random.Random) -> list[list[str]]:
    """The lines of the file; an order has one or two."""
    written = []
    for number, (at, buyer) in enumerate(purchases(dice), start=1):
        lines = dice.sample(PRODUCTS, 2 if dice.random() < 0.2 else 1)
        counted = [(*product, dice.choice((1, 1, 1, 2))) for product in lines]
        goods = sum(price * quantity for *_rest, price, quantity in counted)
        freight = 0 if goods >= 99 else 8
        discount = goods // 10 if dice.random() < 0.15 else 0
        paid = goods + freight - discount
        done = at + timedelta(days=dice.randint(3, 9))
        recent = done > END
        refunded = paid if dice.random() < 0.03 and not recent else 0
        order = [
            f"WEB-{number:05d}", buyer if dice.random() > 0.04 else "", _time(at), "shipped" if recent else "completed", "CNY",
            f"{paid}.00", f"{refunded}.00", f"{freight}.00", f"{discount}.00", _time(at + timedelta(minutes=2)),
            _time(at + timedelta(hours=20)), "" if recent else _time(done),
        ]  # fmt: skip
        place = dice.choice(PROVINCES)
        written += [
            [*order, str(line), sku, title, category, str(quantity), f"{price}.00", "web", "wallet", place]
            for line, (sku, title, category, price, quantity) in enumerate(counted, start=1)
        ]
    return written


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def main() -> None:
    """Write the file."""
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows(random.Random(20260831)))  # noqa: S311 - a sample, not a secret
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
