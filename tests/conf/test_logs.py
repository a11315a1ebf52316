import io
import json
import logging
from collections.abc import Iterator

import pytest

from conf import logs as conf_logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    conf_logs.configure("info", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def test_a_line_carries_what_it_belongs_to(lines: io.StringIO) -> None:
    with conf_logs.bound(party_id="p1", connection_id="c1"):
        conf_logs.get("realtime.engine").info("opened", seq=3)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["party_id"], line["connection_id"], line["seq"]) == ("opened", "p1", "c1", 3)


def test_lines_of_libraries_take_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("a_library.access").info("GET /x?code=abc&state=def 200")
    assert json.loads(lines.getvalue())["event"] == "GET /x?code=…&state=… 200"


@pytest.mark.parametrize(
    "text", ["token=abc123", 'password: "abc123"', "Authorization: Bearer abc123", "?ticket=abc123&x=1"]
)
def test_credentials_are_blanked_wherever_they_stand(lines: io.StringIO, text: str) -> None:
    conf_logs.get("x").info(text, note=text, token="abc123")
    assert "abc123" not in lines.getvalue()
