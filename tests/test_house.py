"""The house stands as docs/architecture.md draws it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_PACKAGES = {"tests", "notebooks", "docs", "benchmarks"}
REASON_FOR_LENGTH = re.compile(r"long (?:because|since|for)", re.IGNORECASE)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_every_top_level_package_has_its_layer() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = {name.strip() for layer in configured["contracts"][0]["layers"] for name in layer.split("|")}
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_PACKAGES
    assert folders == layers == set(configured["root_packages"])


def test_the_imports_keep_the_contracts() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_no_file_grows_past_300_lines_without_a_reason_in_its_first_lines() -> None:
    long = []
    for path in tracked():
        if path.suffix not in {".py", ".js", ".css"} or "vendor" in path.parts:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > 300 and not REASON_FOR_LENGTH.search("\n".join(lines[:10])):
            long.append(f"{path.relative_to(ROOT)}: {len(lines)}")
    assert long == []


@pytest.mark.parametrize("word", ["/work" + "/", "shared" + "/docs", "pypi" + ".org", "registry.npmjs" + ".org"])
def test_nothing_points_at_the_machine_it_was_written_on(word: str) -> None:
    texts = {".py", ".md", ".toml", ".ini", ".js", ".css", ".html", ".json", ".txt", ""}
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in texts
        and "vendor" not in path.parts
        and word in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert found == []


def test_every_link_of_the_docs_leads_somewhere() -> None:
    links = [
        (page, target)
        for page in tracked()
        if page.suffix == ".md" and "vendor" not in page.parts
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    broken = [f"{page.relative_to(ROOT)} -> {target}" for page, target in links if not (page.parent / target).exists()]
    assert broken == []
