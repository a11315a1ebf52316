"""The example of docs/client.md runs, and does what it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.house import House
from tests.fakes.node import CODE, Shelf

PAGE = Path(__file__).parents[3] / "docs" / "client.md"


@pytest.mark.websocket
@pytest.mark.gen_test(timeout=30)
async def test_the_example_of_the_page_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    house = House(1, Shelf())
    await house.start()
    heard = await names["main"](house.url, CODE, "token-ann")
    await house.close()
    assert heard == ["play at 0 ms", "ann: It begins.", "refused: invalid in position_ms"]
