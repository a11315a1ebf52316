"""`matinee check`: will it work here, and if not, what is to be done."""

from pathlib import Path

import click

from conf import logs
from conf import settings as settings_file
from matinee.check.outcome import as_json
from matinee.check.run import run


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="As one JSON object.")
@click.option("--data", type=click.Path(), help="Folder that holds everything.")
@click.option("--config", type=click.Path(path_type=Path), envvar="MATINEE_CONFIG", help="Settings file to read.")
@click.pass_context
def check(context: click.Context, *, json_wanted: bool, data: str | None, config: Path | None) -> None:
    """Try everything that Matinee stands on: one line each, exit code 1 if one failed."""
    logs.configure("warning")
    outcomes = []
    for outcome in run(lambda: settings_file.load(config, overrides={"data": data})):
        outcomes.append(outcome)
        if not json_wanted:
            click.echo(outcome.line())
    if json_wanted:
        click.echo(as_json(outcomes))
    context.exit(0 if all(outcome.ok for outcome in outcomes) else 1)
