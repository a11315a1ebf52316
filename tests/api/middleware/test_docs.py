"""The page about middleware lists what the code has, with what each costs."""

import re
from pathlib import Path

from api.middleware.all import NAMES
from api.route import RATE_CLASSES
from conf.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "middleware.md").read_text(encoding="utf-8")


def test_the_page_lists_every_middleware_in_its_order_with_its_cost() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (?:< )?(\d+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _cost in rows] == list(NAMES)


def test_the_page_lists_every_class_of_limits() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert rows == list(RATE_CLASSES)


def test_every_setting_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`((?:rate_limit_|slow_|trusted_|upload_max_)\w+[a-z])`", PAGE))
    assert named - set(NAMES) <= set(Settings.__struct_fields__)
