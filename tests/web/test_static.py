"""What holds for every file that browsers get."""

import hashlib
import re
from pathlib import Path

import pytest

from web.routes import HERE

STATIC = HERE / "static"
VENDOR = STATIC / "vendor"
OWN = sorted((STATIC / "js").rglob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
IMPORT = re.compile(r'(?:from|import)\s*"([^"]+)"')


def named(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def test_vendored_files_are_the_ones_that_were_taken() -> None:
    pinned = dict(reversed(line.split(maxsplit=1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    here = {f"./{file.relative_to(VENDOR).as_posix()}" for file in VENDOR.rglob("*") if file.is_file()}
    assert here - {"./README.md", "./SHA256SUMS"} == set(pinned)
    for name, digest in pinned.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_every_vendored_library_has_its_licence_and_its_line() -> None:
    readme = (VENDOR / "README.md").read_text()
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert any(folder.glob("LICENSE*")), folder
        assert f"| {folder.name} |" in readme


@pytest.mark.parametrize("module", OWN, ids=named)
def test_modules_import_only_files_that_are_there(module: Path) -> None:
    for target in IMPORT.findall(module.read_text()):
        assert target.startswith("."), f"{target}: browsers resolve no bare names"
        assert (module.parent / target).resolve().is_file(), target


@pytest.mark.parametrize("module", OWN, ids=named)
def test_no_text_becomes_markup(module: Path) -> None:
    """The view library sets text as text; these are the ways around it."""
    text = module.read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert way not in text


@pytest.mark.parametrize("file", [*OWN, *STYLES], ids=named)
def test_files_stay_small_enough_to_read(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 300


@pytest.mark.parametrize("style", STYLES, ids=named)
def test_styles_fetch_only_files_of_ours(style: Path) -> None:
    for target in re.findall(r'url\("?([^")]+)"?\)', style.read_text()):
        assert (style.parent / target).resolve().is_file(), target


def test_the_access_token_is_kept_in_memory_only() -> None:
    session = (STATIC / "js" / "net" / "session.js").read_text()
    assert re.search(r"^let token = null;", session, re.MULTILINE)
    for module in OWN:
        for kept in re.findall(r"(?:local|session)Storage[^\n]*", module.read_text()):
            assert "token" not in kept, module
