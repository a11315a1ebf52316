"""`matinee simulate`: bots over the real protocol; with `--offline` a history straight into the database."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console

from conf.clock import SystemClock, to_ms
from conf.settings import Settings
from matinee import database
from matinee.faults import Fault, in_one_line
from matinee.options import prepared_data, secrets_of, with_settings
from matinee.running import running_web
from matinee.simulate.report import report
from matinee.simulate.rest import Away, Refused
from matinee.simulate.run import Played, Simulation, Wishes
from matinee.simulate.table import show
from realtime.client import ConnectionEnded

DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
MOST_EVENTS = 1e9
MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


class Duration(click.ParamType[float]):
    """A time such as 60s, 2m or 1.5h; a bare number is seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = DURATION.fullmatch(str(value).strip())
        if found is None or float(found[1]) == 0:
            self.fail(f"{value!r} is no duration such as 60s or 2m", param, ctx)
        return float(found[1]) * UNIT_SECONDS[found[2]]


class Count(click.ParamType[float]):
    """A number of things such as 50000 or 1e6."""

    name = "count"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            found = float(str(value))
        except ValueError:
            found = 0.0
        if not 1 <= found <= MOST_EVENTS:
            self.fail(f"{value!r} is no number of events such as 50000 or 1e6", param, ctx)
        return found


@click.command()
@click.option("--parties", type=click.IntRange(1), default=1, show_default=True, help="Parties at the same time.")
@click.option("--viewers", type=click.IntRange(1), default=5, show_default=True, help="Bots in all, hosts included.")
@click.option("--for", "seconds", type=Duration(), default="60s", show_default=True, help="How long: 60s, 2m, …")
@click.option("--url", help="Server; without it the one that runs on the data folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same scenario.")
@click.option("--offline", is_flag=True, help="No bots: write a history with known answers into the database.")
@click.option("--days", type=click.FloatRange(0.1, 3660), default=30, show_default=True, help="Offline: how long.")
@click.option("--events", type=Count(), default="1e6", show_default=True, help="Offline: about how many events.")
@click.option("--until", type=MOMENT, help="Offline: where the history ends (UTC); now, if it is not said.")
@with_settings()
def simulate(settings: Settings, *, offline: bool, **asked: Any) -> None:
    """Drive bots through REST and websockets, or write a history; print what became of it."""
    if offline:
        _offline(settings, seed=asked["seed"], days=asked["days"], events=asked["events"], until=asked["until"])
    else:
        _online(settings, **{name: asked[name] for name in ("parties", "viewers", "seconds", "url", "seed")})


def _offline(settings: Settings, *, seed: int, days: float, events: float, until: datetime | None) -> None:
    from matinee.simulate.offline import Wanted, told, write_history  # noqa: PLC0415 - Arrow takes a second to import

    until_ms = None if until is None else int(to_ms(until.replace(tzinfo=UTC)))
    wanted = Wanted(seed=seed, days=days, events=events, until_ms=until_ms)
    data, secrets = prepared_data(settings), secrets_of(settings)
    with database.at_hand(settings, secrets) as uri:
        written = write_history(
            uri=uri, database=settings.mongo_database, data=data, wanted=wanted, clock=SystemClock()
        )
    click.echo(told(written, wanted))
    click.echo("now: matinee pipeline run")


def _online(settings: Settings, *, parties: int, viewers: int, seconds: float, url: str | None, seed: int) -> None:
    if viewers < parties:
        raise Fault(f"{viewers} viewers cannot host {parties} parties", "give at least as many viewers as parties")
    data = prepared_data(settings)
    wishes = Wishes(
        url=url or _running(settings),
        parties=parties,
        viewers=viewers,
        seconds=seconds,
        seed=seed,
        secret=secrets_of(settings).secret_keys[-1],
        clips=data / "clips",
    )
    console = Console(stderr=True)
    played = _played(wishes, console)
    show(played, console)
    click.echo(msgspec.json.encode(report(played.ends)))


def _played(wishes: Wishes, console: Console) -> Played:
    simulation = Simulation(wishes=wishes, clock=SystemClock(), say=lambda line: console.print(line, style="dim"))
    try:
        return asyncio.run(simulation.run())
    except Refused as refused:
        raise Fault(f"{wishes.url} refuses: {in_one_line(refused)}") from refused
    except (Away, TimeoutError, ConnectionEnded) as error:
        raise Fault(
            f"{wishes.url} does not let the bots in: {in_one_line(error)}", "see that it runs: GET /readyz"
        ) from error


def _running(settings: Settings) -> str:
    web = running_web(settings.data)
    if web is None:
        raise Fault(f"nothing runs on {settings.data}", "start `matinee serve` there, or name a server with --url")
    return web.url
