"""`matinee admin`: accounts of those who run the place."""

import asyncio
from contextlib import closing

import click
import msgspec

from api.schemas.auth import Registration
from conf.settings import Settings
from matinee import database
from matinee.accounts import CommandLineAccounts, new_password, opened
from matinee.accounts import promote as make_staff
from matinee.faults import Fault
from matinee.options import secrets_of, with_settings
from store.documents import User


@click.group()
def admin() -> None:
    """Create, promote and list staff."""


@admin.command()
@click.option("--email", required=True)
@click.option("--username", required=True)
@click.option("--display-name", default="")
@with_settings()
def create(settings: Settings, *, email: str, username: str, display_name: str) -> None:
    """Create a verified staff account and print its password, once."""
    asked = Registration(
        email=email,
        username=username,
        display_name=display_name or None,
        password=(password := new_password()),
        password_confirm=password,
    )
    _refuse_bad_names(asked)
    with database.at_hand(settings, secrets_of(settings)) as uri:
        asyncio.run(_create(settings, uri, asked))
    click.echo(f"staff account {username} <{email}>")
    click.echo(f"password: {password}")


@admin.command()
@click.argument("email")
@with_settings()
def promote(settings: Settings, *, email: str) -> None:
    """Make the account with this E-MAIL staff."""
    with database.at_hand(settings, secrets_of(settings)) as uri:
        user = asyncio.run(_promote(settings, uri, email))
    click.echo(f"{user.username} <{user.email}> is staff")


@admin.command(name="list")
@with_settings()
def list_(settings: Settings) -> None:
    """List the staff, the oldest account first."""
    with database.at_hand(settings, secrets_of(settings)) as uri:
        staff = asyncio.run(_staff(settings, uri))
    for user in staff:
        click.echo(f"{user.username} <{user.email}> since {user.created_at:%Y-%m-%d}")


async def _create(settings: Settings, uri: str, asked: Registration) -> None:
    async with opened(uri, settings) as store:
        with closing(CommandLineAccounts(store=store, settings=settings)) as accounts:
            await accounts.create(asked, staff=True)


async def _promote(settings: Settings, uri: str, email: str) -> User:
    async with opened(uri, settings) as store:
        user = await store.users.by_email(email)
        if user is None:
            raise Fault(f"there is no account {email}", "`matinee admin create` makes one")
        await make_staff(store, user)
        return user


async def _staff(settings: Settings, uri: str) -> list[User]:
    async with opened(uri, settings) as store:
        return await store.users.staff()


def _refuse_bad_names(asked: Registration) -> None:
    """Hold what was typed against the schema of registration, before anything is started."""
    try:
        msgspec.convert(msgspec.to_builtins(asked), Registration)
    except msgspec.ValidationError as error:
        if "$.email" in str(error):
            raise Fault(f"{asked.email!r} is no e-mail address") from error
        if "$.username" in str(error):
            raise Fault(f"{asked.username!r} is no username", "letters, digits and . _ - , 3 to 30 of them") from error
        raise Fault(f"{asked.display_name!r} is no display name", "1 to 50 characters") from error
