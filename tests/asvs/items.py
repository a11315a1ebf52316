"""The mapping of OWASP ASVS 5.0 to tests: `items.toml`, read."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("items.toml")
LEVEL_1, LEVEL_2 = 70, 183
"""So many requirements ASVS 5.0.0 has on these levels."""
CHAPTERS = {
    1: "Encoding and sanitisation",
    2: "Validation and business logic",
    3: "Web front end",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorisation",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Secure communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: int
    what: str
    by: list[str] = []
    """Tests that show it."""
    na: str = ""
    """Why it does not apply here."""
    gap: str = ""
    """Why it applies and is not met."""

    @property
    def applies(self) -> bool:
        return not self.na


def items() -> dict[str, Item]:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Item])


def place(short: str) -> tuple[Path, str]:
    """Name the file and the test behind a shortened id."""
    file, _, name = short.partition("::")
    return ROOT / "tests" / f"{file}.py", name


@cache
def names_in(file: Path) -> dict[str, str]:
    """List the tests of a file by name, each as pytest calls it: behind its class where it has one."""
    found: dict[str, str] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for each in inner:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                found[each.name] = prefix + each.name
    return found


def share(level: int) -> tuple[int, int, int]:
    """Count the requirements of a level: all, those that apply, and those of them that tests show."""
    ours = [item for item in items().values() if item.level == level]
    applying = [item for item in ours if item.applies]
    return len(ours), len(applying), sum(bool(item.by) for item in applying)
