from pathlib import Path

import pytest

from conf.settings import SettingsError, describe, load


def test_the_environment_counts_more_than_the_file_and_the_command_line_more_than_both(tmp_path: Path) -> None:
    file = tmp_path / "matinee.toml"
    file.write_text('port = 1\naddress = "0.0.0.0"\nstatsd = "a:1"\n')
    found = load(file, {"MATINEE_PORT": "2", "MATINEE_STATSD": "b:2"}, {"port": 3, "address": None})
    assert (found.port, found.statsd, found.address) == (3, "b:2", "0.0.0.0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "unknown setting prot"),
        ('port = "no"', "port"),
        ("port = 70000", "port"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_bad_file_stops_the_start_and_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "matinee.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        load(file, {})
    assert str(file) in str(caught.value)


def test_an_unknown_variable_is_named_as_it_was_typed() -> None:
    with pytest.raises(SettingsError, match="MATINEE_PROT"):
        load(environment={"MATINEE_PROT": "1"})


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        load(tmp_path / "nowhere.toml", {})


def test_lists_are_split_at_commas() -> None:
    found = load(environment={"MATINEE_TRUSTED_ORIGINS": "https://a.example, https://b.example,"})
    assert found.trusted_origins == ("https://a.example", "https://b.example")


def test_every_setting_says_what_it_means() -> None:
    assert [key for key, _, _, meaning in describe() if not meaning] == []
