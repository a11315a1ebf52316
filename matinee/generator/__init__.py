"""Histories of watch parties with known answers, made from a seed by the million events.

from matinee.generator import history

made = history(seed=7, days=3, events=100_000)
for slot, table in made.raw_tables():
    ...
made.answers.parties
"""

from matinee.generator.answers import Answers, answers_from_json
from matinee.generator.histories import History, Wishes, history
from matinee.generator.lakes import write_lake
from matinee.generator.parameters import Parameters
from matinee.generator.world import Film, Resident

__all__ = [
    "Answers",
    "Film",
    "History",
    "Parameters",
    "Resident",
    "Wishes",
    "answers_from_json",
    "history",
    "write_lake",
]
