"""Writes the tables of `docs/security.md` from `items.toml`: `python -m tests.asvs.page`. What stands above them is written by hand."""

from tests.asvs.items import CHAPTERS, ROOT, Item, items, share

PAGE = ROOT / "docs" / "security.md"
BEGINNING = "## OWASP ASVS 5.0, requirement by requirement\n"


def page(text: str) -> str:
    """Give the page with its tables as they are now; the rest of it stays."""
    return text.partition(BEGINNING)[0] + BEGINNING + _summary() + "".join(_chapter(number) for number in CHAPTERS)


def _summary() -> str:
    lines = ["", "| level | requirements | apply here | shown by tests | |", "|---|---|---|---|---|"]
    for level in (1, 2):
        every, applying, shown = share(level)
        lines.append(f"| {level} | {every} | {applying} | {shown} | {100 * shown / applying:.0f} % |")
    text = (
        "\nNumbers are those of the standard, version 5.0.0; the words are ours. `tox -e asvs` checks that every test named here is there and"
        "\nruns them. *n/a* says why a requirement does not apply, **gap** why one is not met.\n"
    )
    return "\n".join(lines) + "\n" + text


def _chapter(number: int) -> str:
    rows = [_row(name, item) for name, item in items().items() if int(name.partition(".")[0]) == number]
    return f"\n### V{number} {CHAPTERS[number]}\n\n| | level | what | how shown |\n|---|---|---|---|\n{''.join(rows)}"


def _row(name: str, item: Item) -> str:
    if item.na:
        how = f"n/a: {item.na}"
    elif item.gap:
        how = f"**gap**: {item.gap}"
    else:
        how = " · ".join(f"`{short}`" for short in item.by)
    return f"| {name} | {item.level} | {item.what} | {how} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
