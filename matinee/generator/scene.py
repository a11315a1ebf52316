"""What is settled before the people of a part come: what they find there."""

from dataclasses import dataclass

from matinee.generator.parameters import Parameters
from matinee.generator.plans import Plans
from matinee.generator.timelines import Timelines
from matinee.generator.world import Films, People


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time in which much fails, and the moment from which some people have the newer client."""

    outage: tuple[int, int]
    rollout_ms: int


@dataclass(frozen=True, slots=True)
class Scene:
    """The parties of a part, with all that they take place in."""

    parameters: Parameters
    people: People
    films: Films
    plans: Plans
    shows: Timelines
    trouble: Trouble
    until_ms: int
    """The end of the history."""
