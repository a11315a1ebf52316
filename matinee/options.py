"""What every command takes, `--data` and `--config`, and the settings and secrets that they lead to."""

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from conf import logs
from conf import secrets as secrets_file
from conf import settings as settings_file
from conf.secrets import Secrets
from conf.settings import Settings
from matinee import faults


def with_settings(*overriding: str, serves: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give the command `settings`, read as `conf.settings` says; options named in `overriding` count most.

    A command that `serves` logs as the settings say; the others are read by people and show warnings only.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--data", type=click.Path(path_type=Path), help="Folder that holds everything.")
        @click.option(
            "--config", type=click.Path(path_type=Path), envvar="MATINEE_CONFIG", help="Settings file to read."
        )
        @functools.wraps(command)
        def run(data: Path | None, config: Path | None, **options: Any) -> Any:
            overrides = {name: options.pop(name) for name in overriding}
            settings = settings_file.load(config, overrides={"data": data and str(data), **overrides})
            logs.configure(settings.log_level if serves or settings.log_level in {"debug", "error"} else "warning")
            return command(settings=settings, **options)

        return run

    return decorate


def shared_arguments(settings: Settings) -> list[str]:
    """Arguments for a command of ours that shall work on the same data with the same settings."""
    config = click.get_current_context().params.get("config")
    return ["--data", str(settings.data), *(["--config", str(config)] if config else [])]


def prepared_data(settings: Settings) -> Path:
    """Make the data folder where there is none and see that it can be written; `Fault` says what stands against it."""
    data = settings.data.absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):  # of a name of its own: workers that start together each look
            pass
    except OSError as error:
        raise faults.of_os(error) from error
    return data


def secrets_of(settings: Settings) -> Secrets:
    """Read the installation's secrets, made on first use."""
    return secrets_file.load_or_create(prepared_data(settings))
