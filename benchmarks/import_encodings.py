"""Import of a Taobao order list in GB18030 beside the same list in UTF-8, in one run.

    python benchmarks/import_encodings.py                  # 10^5 orders

Prints CPU and wall seconds and peak memory of both, each into a fresh store, and the ratio of the CPU seconds.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from import_orders import SHOPCARE, Figures, fresh_home, measured

HEADER = (
    "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货地址,订单创建时间,订单付款时间,宝贝标题,"
    "宝贝总数量,退款金额"
)
STATUSES = ("交易成功", "卖家已发货,等待买家确认", "买家已付款,等待卖家发货")


def write_list(path: Path, orders: int, encoding: str) -> None:
    """A plausible list, newest order first, with the guards the platform writes around ids."""
    draw = random.Random(11)
    last = datetime(2026, 8, 1)  # noqa: DTZ001 - exports write local times without a zone
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(HEADER + "\r\n")
        for place in range(orders):
            at = last - timedelta(seconds=37 * place)
            cents = draw.randrange(1000, 90_000)
            status = draw.choice(STATUSES)
            file.write(
                f'"=""{4_500_000_000_000_000_000 - place * 7}""",买家会员{draw.randrange(orders // 5)},{cents / 100:.2f},8.00,'
                f'{(cents + 800) / 100:.2f},{(cents + 800) / 100:.2f},"{status}",浙江省 杭州市 西湖区,{at},'
                f"{at + timedelta(minutes=3)},示例茶杯 白瓷 手工款式 {place % 500} 号,{draw.randint(1, 3)},0.00\r\n"
            )


def imported(folder: Path, file: Path) -> Figures:
    """What the import of a list into a fresh store takes."""
    fresh_home(folder)
    measured(
        [*SHOPCARE, "init", "--shop", "bench", "--platform", "taobao", "--currency", "CNY", "--tz", "Asia/Shanghai"]
    )
    return measured([*SHOPCARE, "import", "orders", str(file)])


def main() -> None:
    """Run the comparison."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--orders", type=int, default=100_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="shopcare-bench-") as name:
        print(f"{'':22}{'cpu s':>8}{'wall s':>8}{'us/row':>8}{'MB':>8}{'ratio':>8}")
        base: Figures | None = None
        for encoding in ("utf-8-sig", "gb18030"):
            (folder := Path(name) / encoding).mkdir()
            write_list(file := folder / "ExportOrderList.csv", chosen.orders, encoding)
            found = imported(folder, file)
            base = base or found
            print(found.line(encoding, chosen.orders, base), flush=True)


if __name__ == "__main__":
    main()
