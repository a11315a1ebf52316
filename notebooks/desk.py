"""What the notebooks share: a lake to look at, and a way to say in words what was found.

Without `MATINEE_LAKE` a notebook looks at a made-up history, of which everything is known: its last cells compare. With it
the notebook shows your lake, and there is nothing to compare with.
"""

import os
import shutil
import tempfile
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from matinee.generator import Answers, Parameters, answers_from_json, history, write_lake
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.tables import tables_of
from pipeline.homes import by_home
from pipeline.jobs import people_steps
from pipeline.lake import Lake

MADE_UP = "MATINEE_MADE_UP"
"""Where made-up histories are kept; else beside the notebooks."""
EVENTS = int(os.environ.get("MATINEE_NOTEBOOK_EVENTS", "80000"))
DAYS = 14
SEED = 7
USUAL = Parameters()


def answers() -> Answers | None:
    """Make sure that there is a lake for `pipeline.open_lake()`; give what is true of it, where that is known."""
    if os.environ.get("MATINEE_LAKE"):
        return None
    os.environ["MATINEE_LAKE"], known = made_up()
    return known


def made_up(
    name: str = "usual", *, events: int = EVENTS, days: int = DAYS, parameters: Parameters = USUAL
) -> tuple[str, Answers]:
    """Make a history up, once, as the jobs would have left it: raw files, tables, steps. Gives its lake and its answers."""
    kept = Path(os.environ.get(MADE_UP) or Path(__file__).parent / "made-up")
    folder = kept / f"{name}-{events}-{days}"
    if not folder.exists():
        kept.mkdir(parents=True, exist_ok=True)
        # Made aside and renamed: who breaks off in the middle leaves no half of a lake to the next one.
        aside = Path(tempfile.mkdtemp(dir=kept, prefix="."))
        made = history(seed=SEED, days=days, events=events, parameters=parameters)
        lake = Lake(url=str(aside / "lake"))
        write_lake(lake, made, minutes=60)
        _work(lake)
        (aside / "answers.json").write_bytes(msgspec.json.encode(made.answers))
        if folder.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(folder)
    return str(folder / "lake"), answers_from_json((folder / "answers.json").read_bytes())


def _work(lake: Lake) -> None:
    """Do what the jobs `partials` and `people` do of an evening, without a database."""
    names = lake.raw_names()
    raw = pa.concat_tables([lake.read_raw(name, RAW_COLUMNS) for name in names]).unify_dictionaries()
    whose = raw.column("party_id").cast(pa.string())
    for home, parties in by_home(pc.unique(whose.drop_null()).to_pylist()).items():
        for name, table in tables_of(raw.filter(pc.is_in(whose, value_set=pa.array(parties)))).items():
            lake.write_table(name, f"home={home}", table)
    for day in lake.days():
        files = [people_steps.taken(lake.read_raw(name, people_steps.RAW_COLUMNS)) for name in lake.raw_names(day)]
        lake.write_table(people_steps.NAME, f"day={day}", pa.concat_tables(files))


class Told(str):
    """Sentences that a notebook ends with, shown as text and not as a Python string."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)
