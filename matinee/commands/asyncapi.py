"""`matinee asyncapi`: the document of the websockets, as the server gives it at /api/v1/asyncapi.json."""

import click
import msgspec

from conf.settings import Settings
from matinee.composition import version
from matinee.options import with_settings
from realtime.asyncapi import document


@click.command()
@with_settings()
def asyncapi(settings: Settings) -> None:  # noqa: ARG001 - every command takes --data
    """Print the AsyncAPI document."""
    click.echo(msgspec.json.format(msgspec.json.encode(document(version=version())), indent=2))
