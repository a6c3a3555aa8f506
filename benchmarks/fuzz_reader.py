"""Fuzz the way from bytes to rows, guided by coverage. Needs atheris (`pip install atheris`), which is no dependency.

    python benchmarks/fuzz_reader.py CORPUS_FOLDER -max_total_time=600
    python benchmarks/fuzz_reader.py                # the samples of the tests as corpus, until stopped

Every input is opened as an export and read to its end. Refusals are what should happen; anything else that is raised is a
finding, and so is an input that takes longer than half a minute. Options after the folder are libFuzzer's.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["shopcare.importers", "csv", "zipfile", "gzip"]):
    from shopcare.importers.formats.catalog import shipped_formats
    from shopcare.importers.opening import open_file
    from shopcare.importers.refusals import ImportRefusalError

TESTS = Path(__file__).resolve().parent.parent / "tests"
SAMPLES = TESTS / "importers"
FORMATS = shipped_formats()
LARGEST = 1 << 16


def read(content: bytes) -> None:
    """One input, from its bytes to its last row."""
    with tempfile.NamedTemporaryFile(prefix="shopcare-fuzz-") as file:
        file.write(content)
        file.flush()
        try:
            for _row in open_file(file.name, FORMATS).rows():
                pass
        except ImportRefusalError:
            pass


def containers() -> dict[str, bytes]:
    """The same two orders in every kind of workbook, archive and encoding."""
    sys.path.insert(0, str(TESTS))
    import binary_books
    import export_books as books

    rows, text = books.ORDERS, books.csv_text()
    packed = {
        "xlsx": books.xlsx({"S": rows}), "ods": books.ods(rows), "xml": books.excel_xml(rows),
        "xls": binary_books.xls({"S": rows}),
        "xlsb": binary_books.xlsb({"S": rows}), "zip": books.zipped({"a.csv": text}), "gz": gzip.compress(text),
    }  # fmt: skip
    return packed | {each: text.decode().encode(each) for each in ("utf-8-sig", "utf-16", "utf-32", "utf-16-le")}


def corpus() -> str:
    """The samples of the tests and a small one of every container in one folder, which findings are added to."""
    folder = Path(tempfile.mkdtemp(prefix="shopcare-corpus-"))
    for name, content in containers().items():
        (folder / name).write_bytes(content)
    for number, path in enumerate(sorted(SAMPLES.glob("*/*"))):
        if path.suffix != ".json" and path.stat().st_size <= LARGEST:
            shutil.copy(path, folder / str(number))
    return str(folder)


def main() -> None:
    """Hand over to libFuzzer."""
    arguments = sys.argv[1:]
    if not any(not argument.startswith("-") for argument in arguments):
        arguments.append(corpus())
    atheris.Setup([sys.argv[0], "-timeout=30", f"-max_len={LARGEST}", *arguments], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
