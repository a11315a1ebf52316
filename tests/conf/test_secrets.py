import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conf.secrets import SecretsError, load_or_create


def test_secrets_are_made_once_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, {})
    assert load_or_create(tmp_path, {}) == first
    assert stat.S_IMODE((tmp_path / "secrets.toml").stat().st_mode) == 0o600


def test_of_many_first_starts_at_once_all_read_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_or_create(tmp_path, {}), range(16)))
    assert len({secrets.secret_keys for secrets in found}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.toml"]


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="32 characters"):
        load_or_create(tmp_path, {"MATINEE_SECRET_KEYS": "short"})


def test_secrets_do_not_show_themselves(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path, {})
    assert secrets.secret_keys[0] not in repr(secrets)
    assert secrets.mongo_root_password not in f"{secrets}"


def test_a_file_of_before_there_was_a_lake_key_gets_one_once(tmp_path: Path) -> None:
    before = load_or_create(tmp_path, {})
    path = tmp_path / "secrets.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("lake_key")]
    path.write_text("\n".join(lines))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_or_create(tmp_path, {}), range(16)))
    (key,) = {secrets.lake_key for secrets in found}
    assert len(key) >= 32
    assert key != before.lake_key
    assert {secrets.secret_keys for secrets in found} == {before.secret_keys}
    assert path.read_text().count("lake_key") == 1


def test_a_lake_key_of_the_environment_counts_and_is_long_enough(tmp_path: Path) -> None:
    assert load_or_create(tmp_path, {"MATINEE_LAKE_KEY": "e" * 32}).lake_key == "e" * 32
    with pytest.raises(SecretsError, match="MATINEE_LAKE_KEY"):
        load_or_create(tmp_path, {"MATINEE_LAKE_KEY": "short"})
