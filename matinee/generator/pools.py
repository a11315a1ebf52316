"""The texts of a history, once each: what rows name by their place."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from matinee.generator import ids
from matinee.generator.arrays import Chances, Codes, Ints
from matinee.generator.visits import Visits
from matinee.generator.world import Films, People

Pseudonym = Callable[[str], str]


@dataclass(slots=True)
class Growing:
    """Ids in the order in which they were made."""

    parts: list[pa.StringArray] = field(default_factory=list)
    size: int = 0

    def grow(self, made: pa.StringArray) -> None:
        self.parts.append(made)
        self.size += len(made)

    def whole(self) -> pa.StringArray:
        """Give all of them as one array."""
        if len(self.parts) != 1:
            self.parts = [pa.concat_arrays([pa.array([], pa.string()), *self.parts])]
        return self.parts[0]


@dataclass(slots=True)
class Sessions:
    """Of each session: its id, those of its two connections, and what it was on."""

    ids: Growing = field(default_factory=Growing)
    connections: Growing = field(default_factory=Growing)
    equipment: list[Codes] = field(default_factory=list)

    def grow(self, chance: Generator, people: People, visits: Visits) -> None:
        """Take in the sessions of a part."""
        count = len(visits.party)
        self.ids.grow(ids.texts(visits.join, ids.chances(chance, count)))
        made = np.repeat(visits.join, 2)
        made[1::2] = np.maximum(visits.back, visits.join)
        self.connections.grow(ids.texts(made, ids.chances(chance, 2 * count)))
        person, second = visits.person, visits.second
        device = np.where(second, 1, people.device[person])
        system = np.where(second & (people.device[person] != 1), 3, people.system[person])
        columns = (device, people.browser[person], system, people.country[person], visits.client)
        self.equipment.append(np.stack(columns).astype(np.int16))

    def worn(self) -> Codes:
        """Give device, browser, system, country and client, a row each."""
        if len(self.equipment) != 1:
            self.equipment = [np.concatenate([np.zeros((5, 0), dtype=np.int16), *self.equipment], axis=1)]
        return self.equipment[0]


@dataclass(slots=True)
class Pools:
    """Everything that rows point into."""

    people: People
    films: Films
    parties: Growing = field(default_factory=Growing)
    sessions: Sessions = field(default_factory=Sessions)

    def grow(self, chance: Generator, created: Ints, drawn: Chances, visits: Visits) -> pa.StringArray:
        """Take in a part; returns the ids of its parties."""
        made = ids.texts(created, drawn)
        self.parties.grow(made)
        self.sessions.grow(chance, self.people, visits)
        return made
