"""The shop that an import makes for a platform that has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from importers.test_international_orders import LAZADA
from importers.test_platform_orders import written

SAMPLES = Path(__file__).parents[1] / "importers"
HEADERS = json.loads((SAMPLES / "headers.json").read_text("utf-8"))
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


def shops_of(run: Run) -> dict[str, tuple[str, str, int]]:
    """Currency, zone and orders of every shop, by name."""
    rows = json.loads(run("shop", "list", "--json").stdout)["rows"]
    return {each["name"]: (each["currency"], each["tz"], each["orders"]) for each in rows}


FBA = (
    "return-date\torder-id\tsku\tasin\tfnsku\tproduct-name\tquantity\tfulfillment-center-id\tdetailed-disposition\treason\t"
    "license-plate-number\tcustomer-comments\n"
    "2026-08-05T10:00:00+00:00\t111-1111111-1111111\tCUP\tB1\tX1\tCup\t1\tPHX6\tSELLABLE\tDEFECTIVE\tL1\t\n"
)
CUSTOMERS = "Customer ID,First Name,Email,Total Spent,Total Orders\n'1,Ann,ann@example.com,5.00,1\n"
REVIEWS = (
    "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle,reply,reply_date,"
    "picture_urls,ip_address,location\nFine,Good cup,5,2026-08-03 10:00:00 UTC,web,ok,Ann,ann@example.com,1,cup,,,,,\n"
)
ORDERS = SHOPIFY + "#1001,ann@example.com,paid,EUR,5.00,5.00,2026-08-01 10:00:00 +0200,1,Cup,5.00,1\n"


@pytest.mark.parametrize(
    ("kind", "name", "text"), [("customers", "customers_export.csv", CUSTOMERS), ("reviews", "r.csv", REVIEWS)]
)
@pytest.mark.parametrize("orders_first", [True, False])
def test_a_platforms_files_meet_in_one_shop_whichever_comes_first(
    run: Run, home: Path, kind: str, name: str, text: str, *, orders_first: bool
) -> None:
    """Beside a Taobao shop, what belongs to Shopify makes a shop of its own; its first orders say what it counts in."""
    run("init", "--shop", "mine", "--platform", "taobao", "--currency", "CNY", "--tz", "Asia/Shanghai")
    (home / name).write_text(text)
    (home / "orders_export.csv").write_text(ORDERS)
    calls = [(kind, name), ("orders", "orders_export.csv")]
    for each, file in reversed(calls) if orders_first else calls:
        done = run("import", each, file)
        assert done.returncode == 0, done.stderr
        assert "shopify" in done.stderr or orders_first
    assert shops_of(run) == {"mine": ("CNY", "Asia/Shanghai", 0), "shopify": ("EUR", "Asia/Shanghai", 1)}


@pytest.mark.parametrize("orders_first", [True, False])
def test_returns_that_come_first_lend_their_shop_no_currency(run: Run, home: Path, *, orders_first: bool) -> None:
    """Amazon's returns name no currency; that of the first shop has nothing to do with them."""
    run("init", "--shop", "mine", "--platform", "taobao", "--currency", "CNY", "--tz", "Asia/Shanghai")
    (home / "returns.txt").write_text(FBA)
    calls = [("cases", "returns.txt"), ("orders", str(SAMPLES / "amazon" / "amazon_all_orders.txt"))]
    for each, file in reversed(calls) if orders_first else calls:
        done = run("import", each, file)
        assert done.returncode == 0, done.stderr
    assert shops_of(run)["amazon"][0] == "USD"


def test_orders_without_a_currency_make_no_shop(run: Run, home: Path) -> None:
    """Neither rows nor format say one: refused with the command that makes the shop; then they are taken in its currency."""
    run("init", "--shop", "mine", "--platform", "taobao", "--currency", "CNY", "--tz", "Asia/Shanghai")
    order = LAZADA | {"lazadaSku": "100"}
    (home / "lazada.csv").write_text(written(HEADERS["lazada_orders_73"]["header"], [order]))
    refused = run("import", "orders", "lazada.csv", "--json")
    assert refused.returncode != 0
    error = json.loads(refused.stdout)["files"][0]["error"]
    assert error["code"] == "import.no-currency"
    assert "shopcare shop add lazada --platform lazada" in error["hint"]
    assert list(shops_of(run)) == ["mine"]
    added = run("shop", "add", "lazada", "--platform", "lazada", "--currency", "MYR", "--tz", "Asia/Kuala_Lumpur")
    assert added.returncode == 0, added.stderr
    assert run("import", "orders", "lazada.csv").returncode == 0
    assert shops_of(run)["lazada"] == ("MYR", "Asia/Kuala_Lumpur", 1)


def test_a_merge_over_shops_settles_an_assumed_currency(run: Run, home: Path) -> None:
    """Who is a customer of two shops is counted in one currency; orders in another one do not change it afterwards."""
    run("init", "--shop", "mine", "--platform", "etsy", "--currency", "USD", "--tz", "UTC")
    (home / "customers_export.csv").write_text(CUSTOMERS)
    (home / "generic.csv").write_text("order_id,customer_id,ordered_at,status,paid\n1,b1,2026-08-01 10:00:00,paid,5\n")
    (home / "orders_export.csv").write_text(ORDERS)
    for call in (
        ("import", "orders", "generic.csv", "--shop", "mine"), ("import", "customers", "customers_export.csv"),
        ("customer", "merge", "C1", "C2"), ("import", "orders", "orders_export.csv"),
    ):  # fmt: skip
        done = run(*call)
        assert done.returncode == 0, done.stderr
    assert shops_of(run)["shopify"] == ("USD", "UTC", 1)
