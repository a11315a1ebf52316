"""What several drills share: clips that are rendered once a session."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.demo.clips import DEMO, rendered


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
