"""Runs every test that `items.toml` names: `python -m tests.asvs.run`. Exit code is that of pytest."""

import sys

import pytest

from tests.asvs.items import items, names_in, place


def named() -> list[str]:
    """List the ids as pytest takes them."""
    shorts = sorted({short for item in items().values() for short in item.by})
    return [f"{file}::{names_in(file)[name]}" for file, name in map(place, shorts)]


if __name__ == "__main__":
    print(f"{len(named())} tests stand behind the requirements")
    sys.exit(pytest.main(["-q", "-m", "not long", *named(), *sys.argv[1:]]))
