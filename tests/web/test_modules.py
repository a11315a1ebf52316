"""Runs the browser modules' own tests under node, where there is one: `node --test` needs no package of ours."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.made_up_vectors import write_vectors

HERE = Path(__file__).parent
NODE_MAJOR = 20


def node(reporter: pytest.TerminalReporter) -> str:
    binary = shutil.which("node")
    found = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout if binary else ""
    if found and int(found.lstrip("v").split(".")[0]) >= NODE_MAJOR:
        return binary
    reason = f"no node >= {NODE_MAJOR} on the PATH: the browser modules' unit tests were NOT run (apt install nodejs)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    reporter.write_line(f"\nSKIPPED: {reason}", yellow=True)
    pytest.skip(reason)


def test_the_browser_modules_pass_their_own_tests(request: pytest.FixtureRequest) -> None:
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    files = sorted(str(path) for path in (HERE / "js").glob("*.test.mjs"))
    ran = subprocess.run([node(reporter), "--test", *files], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


@pytest.mark.parametrize("seed", range(3))
def test_the_browser_agrees_with_python_on_whatever_chance_makes_up(
    request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    write_vectors(tmp_path, seed)
    binary = node(request.config.pluginmanager.get_plugin("terminalreporter"))
    told = {**os.environ, "MATINEE_VECTORS": str(tmp_path)}
    files = [str(HERE / "js" / "vectors.test.mjs")]
    ran = subprocess.run([binary, "--test", *files], capture_output=True, text=True, check=False, timeout=120, env=told)
    assert ran.returncode == 0, f"seed {seed}: {ran.stdout[-6000:]}{ran.stderr[-2000:]}"
