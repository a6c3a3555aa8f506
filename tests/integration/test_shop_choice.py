"""The shop that an import makes for a platform that has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]
SHOPIFY = (
    "Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id\n"
)


@pytest.mark.parametrize(("currencies", "currency"), [("EUR EUR", "EUR"), ("USD GBP GBP", "GBP"), ("", "USD")])
def test_a_new_shop_counts_in_the_currency_of_its_file(shop: Run, home: Path, currencies: str, currency: str) -> None:
    """It is the one that most of the first rows name; the format's own where they name none."""
    rows = [
        f"#{number},a@example.com,paid,{code},5.00,5.00,2026-08-01 10:00:00 +0200,1,Cup,5.00,{number}\n"
        for number, code in enumerate(currencies.split() or [""], 1001)
    ]
    (home / "orders_export.csv").write_text(SHOPIFY + "".join(rows))
    other = shop("shop", "add", "etsy", "--platform", "etsy", "--currency", "SEK", "--tz", "Europe/Stockholm")
    assert other.returncode == 0, other.stderr
    done = shop("import", "orders", "orders_export.csv")
    assert done.returncode == 0, done.stderr
    shops = json.loads(shop("shop", "list", "--json").stdout)["rows"]
    assert {each["name"]: each["currency"] for each in shops}["shopify"] == currency
