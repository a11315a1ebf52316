from typing import Any

from realtime.connection import Services
from realtime.handler import MakeWire, PartySocket
from realtime.wire import wire_of

Rule = tuple[str, type[PartySocket], dict[str, Any]]


def routes(
    *, services: Services, trusted_origins: frozenset[str] = frozenset(), make_wire: MakeWire = wire_of
) -> list[Rule]:
    """List the Tornado rules of the party socket."""
    given = {"services": services, "trusted_origins": trusted_origins, "make_wire": make_wire}
    return [(r"/ws/parties/([^/]+)", PartySocket, given)]
