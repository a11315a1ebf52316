"""What several drills share: clips that are rendered once a session, and a system for those that leave one behind as it was."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matinee.demo.clips import DEMO, rendered
from tests.running_system import RunningSystem


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make data folders that hold the rendered clips already, as after a first start."""
    clips = tmp_path_factory.mktemp("clips")
    rendered(DEMO, clips)

    def made(name: str) -> Path:
        data = tmp_path_factory.mktemp(name) / "data"
        shutil.copytree(clips, data / "clips")
        return data

    return made


@pytest.fixture(scope="session")
def plain(data_folder: Callable[[str], Path]) -> Iterator[RunningSystem]:
    """Run a system without the pipeline: whatever part one drill kills is there again for the next."""
    with RunningSystem(data_folder("plain"), "--no-pipeline") as running:
        yield running
