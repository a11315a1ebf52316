"""`matinee demo`: the part of `matinee serve --demo` that prepares the demo and keeps its party alive."""

import asyncio
from contextlib import suppress

import click

from conf.clock import SystemClock
from conf.secrets import Secrets
from conf.settings import Settings
from matinee.demo.seed import Demo
from matinee.faults import Fault, in_one_line
from matinee.lifeline import Lifeline, part, stop_requested
from matinee.options import prepared_data, secrets_of, with_settings
from matinee.simulate.rest import Away, Refused
from realtime.client import ConnectionEnded


@click.command()
@part
@with_settings(serves=True)
def demo(settings: Settings, *, lifeline: Lifeline) -> None:
    """Prepare the demo on a system that runs, and keep its party alive."""
    prepared_data(settings)
    try:
        asyncio.run(_until_stopped(settings, secrets_of(settings), lifeline))
    except (Away, Refused, TimeoutError, ConnectionEnded) as error:
        raise Fault(f"the web node does not play along: {in_one_line(error)}") from error


async def _until_stopped(settings: Settings, secrets: Secrets, lifeline: Lifeline) -> None:
    asked = asyncio.create_task(stop_requested())
    playing = asyncio.create_task(
        Demo(settings=settings, secrets=secrets, clock=SystemClock(), lifeline=lifeline).run()
    )
    await asyncio.wait([asked, playing], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if playing.done():
        playing.result()
        return
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing
