"""`matinee openapi`: the REST API's document, as the server gives it at /api/v1/openapi.json."""

import click
import msgspec

from api.openapi import document
from api.routes import ROUTES
from conf.settings import Settings
from matinee.composition import version
from matinee.options import with_settings


@click.command()
@with_settings()
def openapi(settings: Settings) -> None:  # noqa: ARG001 - every command takes --data
    """Print the OpenAPI document."""
    click.echo(msgspec.json.format(msgspec.json.encode(document(ROUTES, version=version())), indent=2))
