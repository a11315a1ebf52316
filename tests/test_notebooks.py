"""Notebooks: the tour runs and finds what is known of its history; the others import what exists. `tox -e notebooks` runs all."""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
FILES = sorted(FOLDER.glob("*.py"))
NOTEBOOKS = [path for path in FILES if "formats: ipynb,py:percent" in path.read_text(encoding="utf-8")]
ONLY_TO_RUN = {"jupytext", "nbclient"}
"""What `tox -e notebooks` has and this environment need not."""


def imported(path: Path) -> Iterator[tuple[str, str | None]]:
    """List each module that a file imports, with each name that it takes from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_notebook_imports_exists(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    for module, name in imported(path):
        if module.partition(".")[0] in ONLY_TO_RUN:
            continue
        found = importlib.import_module(module)
        if name is not None and not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")


def test_there_are_the_stories_that_the_readme_tells() -> None:
    told = set(re.findall(r"\]\((\w+)\.py\)", (FOLDER / "README.md").read_text(encoding="utf-8")))
    assert {path.stem for path in NOTEBOOKS} <= told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_jobs_functions_and_ends_in_words(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert any(module.startswith(("pipeline.aggregations", "store.")) for module, _ in imported(path))
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree)), "it compares with what is known"
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    assert ast.unparse(last).startswith("desk.Told(")


def test_the_tour_finds_what_is_known_of_its_history(tmp_path: Path) -> None:
    settings = {"MATINEE_MADE_UP": str(tmp_path), "MATINEE_NOTEBOOK_EVENTS": "8000", "PYTHONPATH": str(ROOT)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    run = subprocess.run(
        [sys.executable, FOLDER / "data_tour.py"], env=kept | settings, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.glob("usual-8000-14/lake/tables/v1/views/home=*/*.parquet"))
