"""The Tornado end of a personal connection."""

from typing import Any

from realtime.direct import Wires
from realtime.endpoint import MakeWire, Socket
from realtime.personal.connection import PersonalConnection, PersonalServices

Rule = tuple[str, type["PersonalSocket"], dict[str, Any]]


class PersonalSocket(Socket):
    """`GET /ws/me`."""

    _services: PersonalServices

    def initialize(
        self, services: PersonalServices, make_wire: MakeWire, trusted_origins: frozenset[str] = frozenset()
    ) -> None:
        self._services = services
        self.begin(
            clock=services.clock,
            draining=lambda: services.hub.draining,
            trusted_origins=trusted_origins,
            make_wire=make_wire,
        )

    def open(self) -> None:
        if self.spoken():
            self._connection = PersonalConnection(services=self._services, wire=self.wire())


def routes(
    *, services: PersonalServices, trusted_origins: frozenset[str] = frozenset(), make_wire: MakeWire | None = None
) -> list[Rule]:
    """List the Tornado rule of the personal socket."""
    make_wire = make_wire or Wires(services.hub.cast)
    given = {"services": services, "trusted_origins": trusted_origins, "make_wire": make_wire}
    return [(r"/ws/me", PersonalSocket, given)]
