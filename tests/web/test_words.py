"""The pages have words for every figure of the dictionary."""

import re
from pathlib import Path

from store.metric_definitions import DEFINITIONS

WORDS = Path(__file__).parents[2] / "web" / "static" / "js" / "lib" / "metrics.js"


def test_every_figure_of_the_dictionary_has_its_group_and_its_words() -> None:
    named = set(re.findall(r'^ {4}(\w+): "', WORDS.read_text(encoding="utf-8"), re.MULTILINE))
    assert named >= set(DEFINITIONS)
