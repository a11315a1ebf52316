"""Runs notebooks from top to bottom: `python notebooks/run.py [data_tour.py …]`, else all of them, as `tox -e notebooks` does.

Each gets a kernel of its own and all of them the same made-up histories, which go away at the end. What they show is
written to `notebooks/shown/*.ipynb`. The first cell that fails ends the run.
"""

import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import desk
import jupytext
from nbclient import NotebookClient

HERE = Path(__file__).parent
PAIRED = "py:percent"
SECONDS_OF_A_CELL = 600
"""No cell takes a tenth of it; machines that have much else to do take their time."""


def notebooks() -> list[Path]:
    """List the notebooks: the files here that are paired."""
    return sorted(path for path in HERE.glob("*.py") if f"formats: ipynb,{PAIRED}" in path.read_text(encoding="utf-8"))


def run(path: Path) -> None:
    """Run one notebook and write what it showed."""
    notebook = jupytext.read(path)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_OF_A_CELL,
        startup_timeout=SECONDS_OF_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
    )
    started = perf_counter()
    client.execute()
    shown = HERE / "shown" / f"{path.stem}.ipynb"
    shown.parent.mkdir(exist_ok=True)
    jupytext.write(notebook, shown)
    last = notebook.cells[-1].outputs[-1].data["text/markdown"]
    sys.stdout.write(f"{path.stem} ({perf_counter() - started:.0f} s): {last}\n")
    sys.stdout.flush()


def main() -> None:
    """Run those that are named, or all."""
    chosen = [HERE / Path(name).name for name in sys.argv[1:]] or notebooks()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault(desk.MADE_UP, folder)
        for path in chosen:
            run(path)


if __name__ == "__main__":
    main()
