"""Fuzz the way from bytes to rows, guided by coverage. Needs atheris (`pip install atheris`), which is no dependency.

    python benchmarks/fuzz_reader.py CORPUS_FOLDER -max_total_time=600
    python benchmarks/fuzz_reader.py                # the samples of the tests as corpus, until stopped

Every input is opened as an export and read to its end. Refusals are what should happen; anything else that is raised is a
finding, and so is an input that takes longer than ten seconds. Options after the folder are libFuzzer's.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["shopcare.importers", "csv", "zipfile", "gzip"]):
    from shopcare.importers.formats import shipped_formats
    from shopcare.importers.opening import open_file
    from shopcare.importers.refusals import ImportRefusalError

SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "importers"
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


def corpus() -> str:
    """The samples of the tests in one folder, which findings are added to."""
    folder = Path(tempfile.mkdtemp(prefix="shopcare-corpus-"))
    for number, path in enumerate(sorted(SAMPLES.glob("*/*"))):
        if path.suffix != ".json" and path.stat().st_size <= LARGEST:
            shutil.copy(path, folder / str(number))
    return str(folder)


def main() -> None:
    """Hand over to libFuzzer."""
    arguments = sys.argv[1:]
    if not any(not argument.startswith("-") for argument in arguments):
        arguments.append(corpus())
    atheris.Setup([sys.argv[0], "-timeout=10", f"-max_len={LARGEST}", *arguments], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
