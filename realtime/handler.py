"""The Tornado end of a party's connection: bytes to the session, bytes from it, nothing else."""

import re

from realtime import errors
from realtime.connection import Connection
from realtime.endpoint import MakeWire, Socket
from realtime.services import Services

__all__ = ["MakeWire", "PartySocket"]

REFERENCE = re.compile(r"\A[0-9A-Za-z]{8,64}\Z")


class PartySocket(Socket):
    """`GET /ws/parties/{id or code}`."""

    _services: Services

    def initialize(
        self, services: Services, make_wire: MakeWire, trusted_origins: frozenset[str] = frozenset()
    ) -> None:
        self._services = services
        self.begin(
            clock=services.clock,
            draining=lambda: services.hub.draining,
            trusted_origins=trusted_origins,
            make_wire=make_wire,
        )

    def open(self, reference: str) -> None:
        if not self.spoken():
            return
        if not REFERENCE.match(reference):
            self.close(errors.NO_SUCH_PARTY, errors.CLOSES[errors.NO_SUCH_PARTY].meaning)
            return
        wire = self.wire()
        self._connection = Connection(
            services=self._services, wire=wire, reference=reference, connection_id=self._connection_id
        )
