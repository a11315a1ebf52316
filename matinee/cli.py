"""The `matinee` command: each sub-command is one file of `matinee/commands`, imported only when it is asked for.

Whatever goes wrong ends as one line on standard error and exit code 1 (2 for a wrong use of the command line); the
trace of an unexpected fault is shown only with MATINEE_LOG_LEVEL=debug.
"""

import importlib
import os
import sys
import traceback
from typing import Any, NoReturn

import click

from conf.metrics import MetricsAddressError
from conf.secrets import SecretsError
from conf.settings import SettingsError
from matinee import faults
from matinee.mongod_errors import MongodError
from store.errors import StoreError

# name: (module under matinee.commands, one line of help). Listed here so that `matinee --help` imports none of them.
COMMANDS = {
    "serve": "Start everything on this machine, each part supervised.",
    "web": "Run one web node: pages, REST and websockets.",
    "mongod": "Run the embedded MongoDB alone.",
    "pipeline": "Run and look at the analytics jobs.",
    "check": "Say of each part whether it will work here, and how to mend what will not.",
    "admin": "Create, promote and list accounts.",
    "simulate": "Drive bots through REST and websockets, and print what they did.",
    "settings": "Print every setting with its meaning and its value here.",
    "openapi": "Print the OpenAPI document of the REST API.",
    "asyncapi": "Print the AsyncAPI document of the websockets.",
    "migrate": "Bring the database's indexes up to date.",
    "demo": "Prepare the demo and keep its party alive (a part of `serve --demo`).",
}
HIDDEN = frozenset({"demo"})
EXPECTED = (faults.Fault, MetricsAddressError, MongodError, SettingsError, SecretsError, StoreError)


class FrontDoor(click.Group):
    """Finds the commands by their names and turns every fault into one line."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"matinee.commands.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in COMMANDS.items() if name not in HIDDEN])

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the boundary: nothing may end in a trace
            sys.exit(self.explain(error))
        except (click.Abort, KeyboardInterrupt):
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)

    def explain(self, error: Exception) -> int:
        """Print the one line of `error` and give the exit code."""
        if os.environ.get("MATINEE_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exception(error)
        code, line = _judged(error)
        helps = isinstance(error, click.exceptions.NoArgsIsHelpError)
        click.echo(line if helps else f"matinee: {line}", err=True)
        return code


def _judged(error: Exception) -> tuple[int, str]:
    if isinstance(error, click.ClickException):
        return _judged_by_click(error)
    if isinstance(error, OSError):
        return 1, faults.in_one_line(faults.of_os(error))
    if isinstance(error, EXPECTED):
        return 1, faults.in_one_line(error)
    where = "MATINEE_LOG_LEVEL=debug shows where"
    return 1, f"unexpected fault: {type(error).__name__}: {faults.in_one_line(error)}; {where}"


def _judged_by_click(error: click.ClickException) -> tuple[int, str]:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return 2, error.format_message()
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "matinee"
        return 2, f"{error.format_message().rstrip('.')}; `{path} --help` shows what it takes"
    return 1, error.format_message()


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="matinee", message="%(prog)s %(version)s")
def main() -> None:
    """Self-hosted watch parties in step, with honest analytics."""
