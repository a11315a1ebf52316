"""`matinee settings`: the table of settings, with what counts here."""

import re

import click
import msgspec

from conf import settings as table
from conf.settings import Settings
from matinee.options import with_settings

CREDENTIALS = re.compile(r"(://[^/@:\s]*):[^/@\s]*@")
"""The password inside a URL such as mongodb://name:password@host."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@with_settings()
def settings(settings: Settings, *, as_json: bool) -> None:
    """Print every setting: its variable, its value here, its default and what it means."""
    values = {
        key: CREDENTIALS.sub(r"\1:…@", value) if isinstance(value, str) else value
        for key, value in msgspec.to_builtins(settings, enc_hook=str).items()
    }
    if as_json:
        click.echo(msgspec.json.encode(values))
        return
    for key, variable, default, meaning in table.describe():
        shown = values[key]
        click.echo(f"{key} = {','.join(shown) if isinstance(shown, list) else shown}")
        click.echo(f"    {meaning} {variable}; default {default!r}.")
