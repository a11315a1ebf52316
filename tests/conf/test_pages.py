from pathlib import Path

from conf.settings import describe

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_settings_page_is_the_table() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    rows = [f"| `{key}` | `{variable}` | `{default}` | {meaning} |" for key, variable, default, meaning in describe()]
    listed = [line for line in page.splitlines() if line.startswith("| `") and "MATINEE_" in line]
    assert listed[: len(rows)] == rows
