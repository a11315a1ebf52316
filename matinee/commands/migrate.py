"""`matinee migrate`: what a new version needs of the database."""

import asyncio

import click

from conf.settings import Settings
from matinee import database
from matinee.accounts import opened
from matinee.options import secrets_of, with_settings
from store.indexes import INDEXES


@click.command()
@with_settings()
def migrate(settings: Settings) -> None:
    """Make the indexes and search keys that are missing; doing it again changes nothing."""
    with database.at_hand(settings, secrets_of(settings)) as uri:
        found_anew = asyncio.run(_migrate(settings, uri))
    click.echo(f"{sum(map(len, INDEXES.values()))} indexes in {len(INDEXES)} collections are there")
    click.echo(f"{found_anew} documents were given search keys")


async def _migrate(settings: Settings, uri: str) -> int:
    async with opened(uri, settings) as store:  # which makes the indexes
        return sum([await store.users.rekey(), await store.videos.rekey(), await store.parties.rekey()])
