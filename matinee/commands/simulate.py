"""`matinee simulate`: bots over the real protocol."""

import asyncio
import re

import click
import msgspec
from rich.console import Console

from conf.clock import SystemClock
from conf.settings import Settings
from matinee.faults import Fault, in_one_line
from matinee.options import prepared_data, secrets_of, with_settings
from matinee.running import running_web
from matinee.simulate.report import report
from matinee.simulate.rest import Away, Refused
from matinee.simulate.run import Played, Simulation, Wishes
from matinee.simulate.table import show
from realtime.client import ConnectionEnded

DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


class Duration(click.ParamType[float]):
    """A time such as 60s, 2m or 1.5h; a bare number is seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = DURATION.fullmatch(str(value).strip())
        if found is None or float(found[1]) == 0:
            self.fail(f"{value!r} is no duration such as 60s or 2m", param, ctx)
        return float(found[1]) * UNIT_SECONDS[found[2]]


@click.command()
@click.option("--parties", type=click.IntRange(1), default=1, show_default=True, help="Parties at the same time.")
@click.option("--viewers", type=click.IntRange(1), default=5, show_default=True, help="Bots in all, hosts included.")
@click.option("--for", "seconds", type=Duration(), default="60s", show_default=True, help="How long: 60s, 2m, …")
@click.option("--url", help="Server; without it the one that runs on the data folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same scenario.")
@with_settings()
def simulate(settings: Settings, *, parties: int, viewers: int, seconds: float, url: str | None, seed: int) -> None:
    """Drive bots through REST and websockets; print what they did as one JSON line."""
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
