"""The data folder is made and looked at by every process that starts, several at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conf.settings import Settings
from matinee.faults import Fault
from matinee.options import prepared_data


def test_many_that_start_together_all_find_it_writable(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: prepared_data(settings), range(2_000)))
    assert set(found) == {tmp_path / "data"}
    assert list((tmp_path / "data").iterdir()) == []


def test_a_file_in_its_place_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder", encoding="utf-8")
    with pytest.raises(Fault):
        prepared_data(Settings(data=tmp_path / "data"))
