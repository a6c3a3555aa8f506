"""`shopcare demo`."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from shopcare.cli import context
from shopcare.cli.lazy import single
from shopcare.i18n import _

app = single()

#: The day the bundled samples are looked at from.
NOW = "2026-09-10T10:00:00+08:00"

#: The main job. Sample files are named without their folder.
STEPS = (
    ["init", "--shop", "Tea house", "--platform", "taobao", "--currency", "CNY", "--tz", "Asia/Shanghai"],
    ["shop", "add", "web", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai"],
    [
        "import", "orders", "taobao_ExportOrderList202608010900.csv", "taobao_ExportOrderDetailList202608010900.csv",
        "pdd_orders_export.csv", "shopify_orders_export_1.csv", "woocommerce_aoe_orders.csv",
    ],
    ["import", "orders", "web_orders_2026.csv", "--shop", "web"],
    ["case", "open", "9900000000000000101", "--kind", "refund_only", "--reason", "cup arrived broken", "--line", "CUP-01:1"],
    ["case", "close", "A1", "--outcome", "partly_refunded", "--refund", "35.00"],
    ["tier", "assign"],
    ["tier", "list"],
    ["points", "award"],
    ["points", "balance", "演示买家a"],
    ["report", "retention", "--currency", "CNY"],
)  # fmt: skip

NEXT = (
    ["customer", "show", "演示买家a"],
    ["case", "show", "A1"],
    ["order", "list", "--format", "csv"],
    ["report", "retention", "--currency", "CNY", "--json"],
)


@app.command()
def demo(
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="DIR", help="Put the store into this new folder instead of a temporary one."),
    ] = None,
) -> int:
    """Run the main job on bundled sample exports in a throw-away store.

    Imports orders from four platforms and a web shop, opens and closes a case, assigns tiers, awards points and prints the
    retention summary, showing each command. Nothing of yours is touched.

    \b
    Examples:
      shopcare demo
      shopcare demo --keep ./demo
    """
    from shopcare.cli.app import run

    folder = _folder(keep)
    context.chosen.store = str(folder / "shop.db")
    context.chosen.now = NOW
    context.chosen.for_people = True
    _say(_("Sample exports, looked at as if it were {now}.").format(now=NOW) + "\n")
    for step in STEPS:
        _say(f"\n$ shopcare {shlex.join(step)}\n")
        code = run([_sample(word) for word in step])
        sys.stdout.flush()
        if code:
            return code
    _say("\n" + _("The store is at {store}. Try next:").format(store=context.chosen.store) + "\n")
    for words in NEXT:
        _say(f"  shopcare --store {shlex.quote(context.chosen.store)} {shlex.join(words)}\n")
    return 0


def _folder(keep: str | None) -> Path:
    """A new folder for the store."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="shopcare-demo-"))
    from shopcare.errors import OutputNotWritable

    try:
        Path(keep).mkdir(parents=True)
    except OSError as problem:
        raise OutputNotWritable(target=keep, problem=problem.strerror or str(problem)) from problem
    return Path(keep)


def _sample(word: str) -> str:
    """The path of a sample file; any other word is itself."""
    import shopcare

    path = Path(shopcare.__file__).parent / "samples" / word
    return str(path) if word.endswith(".csv") else word


def _say(text: str) -> None:
    from shopcare.cli.output import write_to

    sys.stderr.flush()
    write_to(sys.stdout, text)
    sys.stdout.flush()
