"""Import of an xlsx beside the same rows as CSV, in one run.

    python benchmarks/import_workbook.py                   # 10^5 rows
    python benchmarks/import_workbook.py --rows 1000000

Prints wall and CPU seconds and peak memory (of the largest process) of both, each into a fresh store, and the ratio. The
workbook is written by hand, the way platforms do it: shared strings for text, real numbers, a wrong <dimension>.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from import_orders import write_rows

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.\
openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{RELATIONS}/officeDocument" \
Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="orders" sheetId="1" r:id="r1"/>\
</sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" \
Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{RELATIONS}/sharedStrings" \
Target="sharedStrings.xml"/></Relationships>""",
}


def write_workbook(source: Path, target: Path) -> None:
    """The rows of a CSV as xlsx."""
    strings: dict[str, int] = {}
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        source.open(encoding="utf-8", newline="") as file,
    ):
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><dimension ref="A1:A1"/><sheetData>'.encode())
            for number, cells in enumerate(csv.reader(file), 1):
                row = "".join(_cell(place, number, text, strings) for place, text in enumerate(cells))
                sheet.write(f'<row r="{number}">{row}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{items}</sst>')


def _cell(place: int, row: int, text: str, strings: dict[str, int]) -> str:
    reference = f"{chr(65 + place)}{row}"
    if text.replace(".", "", 1).isdecimal():
        return f'<c r="{reference}"><v>{text}</v></c>'
    return f'<c r="{reference}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'


def measured(file: Path, folder: Path) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak memory in MB of importing a file into a fresh store."""
    env = dict(os.environ, HOME=str(folder), LC_ALL="C.UTF-8", SHOPCARE_STORE=str(folder / f"{file.suffix[1:]}.db"))
    program = [sys.executable, "-m", "shopcare"]
    arguments = ["init", "--shop", "b", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai"]
    subprocess.run([*program, *arguments], env=env, check=True, capture_output=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen([*program, "import", "orders", str(file)], env=env, stdout=subprocess.PIPE) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid) + _children(process.pid))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{file.name}: exit {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, seconds, peak / 1024


def _resident(pid: int) -> int:
    """Resident kilobytes of a process, 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _children(pid: int) -> int:
    try:
        return sum(_resident(int(child)) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    except OSError:
        return 0


def main() -> None:
    """Write both files, import both, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text, book = folder / "orders.csv", folder / "orders.xlsx"
        write_rows(text, rows, max(rows // 5, 1), 3)
        write_workbook(text, book)
        walls = []
        for file in (text, book):
            wall, cpu, peak = measured(file, folder)
            walls.append(wall)
            print(
                f"{file.suffix:6} {file.stat().st_size >> 10:>9} KB {wall:7.2f} s wall {cpu:7.2f} s CPU {peak:6.0f} MB"
            )
        print(f"ratio {walls[1] / walls[0]:.2f} (goal 3)")


if __name__ == "__main__":
    main()
