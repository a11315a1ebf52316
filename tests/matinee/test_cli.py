import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matinee.cli import COMMANDS, HIDDEN, main
from store.errors import Unavailable


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"MATINEE_LOG_LEVEL": None, **environment}, prog_name="matinee")


def only_line(result: Result) -> str:
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_help_lists_every_command_without_importing_one() -> None:
    program = (
        "import sys\nfrom matinee.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith('matinee.commands.')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS if name not in HIDDEN)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_takes_data_and_config(name: str) -> None:
    leaves = {
        "pipeline": ["run", "status", "schedule", "scheduler", "explain", "erase"],
        "admin": ["create", "promote", "list"],
    }
    for leaf in leaves.get(name, [""]):
        result = run(name, *([leaf] if leaf else []), "--help")
        assert result.exit_code == 0, result.stderr
        assert "--data" in result.stdout
        assert "--config" in result.stdout


def test_an_unknown_command_is_one_line_and_exit_code_2() -> None:
    result = run("fly")
    assert result.exit_code == 2
    assert only_line(result).startswith("matinee: No such command 'fly'")


def test_an_unknown_option_is_one_line_and_exit_code_2() -> None:
    result = run("settings", "--colour")
    assert result.exit_code == 2
    assert "--colour" in only_line(result)


def test_a_malformed_statsd_address_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    result = run("serve", "--data", str(tmp_path), "--port", "0", MATINEE_STATSD="nowhere")
    assert result.exit_code == 1
    assert only_line(result) == "matinee: MATINEE_STATSD: expected host:port, got 'nowhere'"


def test_a_web_node_says_why_it_has_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(**_arguments: object) -> None:
        raise Unavailable("the database did not answer in time")

    monkeypatch.setattr("matinee.commands.web.web_node", refused)
    monkeypatch.setattr("matinee.check.database.ANSWER_MS", 300)
    result = run("web", "--data", str(tmp_path), "--port", "0", MATINEE_MONGO_URI="mongodb://me:geheim@127.0.0.1:1")
    assert result.exit_code == 1
    line = only_line(result)
    assert "127.0.0.1:1" in line
    assert line.endswith("correct MATINEE_MONGO_URI")
    assert "geheim" not in line


def test_an_unknown_setting_is_one_line_and_exit_code_1() -> None:
    result = run("settings", MATINEE_COLOUR="red")
    assert result.exit_code == 1
    assert "MATINEE_COLOUR" in only_line(result)


def test_a_bad_value_in_the_settings_file_names_the_file_and_the_key(tmp_path: Path) -> None:
    file = tmp_path / "matinee.toml"
    file.write_text("port = 99999\n")
    result = run("settings", "--config", str(file))
    assert result.exit_code == 1
    assert "port" in only_line(result)
    assert str(file) in only_line(result)


def test_settings_as_json_can_be_read_back() -> None:
    result = run("settings", "--json", MATINEE_PORT="9000")
    assert json.loads(result.stdout)["port"] == 9000


def test_settings_never_show_the_password_inside_an_address() -> None:
    result = run("settings", MATINEE_MONGO_URI="mongodb://me:geheim@db.example/matinee")
    assert "geheim" not in result.output
    assert "mongodb://me:…@db.example/matinee" in result.output


@pytest.mark.parametrize("folder", ["/proc/matinee", "a-file"])
def test_a_data_folder_that_cannot_be_written_is_one_line_with_its_mend(folder: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("in the way")
    result = run("serve", "--port", "0", "--data", str(tmp_path / folder))
    assert result.exit_code == 1
    assert "--data" in only_line(result)
    assert folder.rpartition("/")[2] in only_line(result)


def test_no_embedded_without_a_database_of_ones_own_says_what_to_set(tmp_path: Path) -> None:
    result = run("serve", "--no-embedded", "--data", str(tmp_path))
    assert result.exit_code == 1
    assert "MATINEE_MONGO_URI" in only_line(result)


@pytest.mark.parametrize(("name", "version"), [("openapi", "3.1.0"), ("asyncapi", "3.0.0")])
def test_a_document_is_printed_as_json(name: str, version: str) -> None:
    result = run(name)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)[name] == version
