from typing import Any

from realtime.direct import Wires
from realtime.handler import MakeWire, PartySocket
from realtime.services import Services

Rule = tuple[str, type[PartySocket], dict[str, Any]]


def routes(
    *, services: Services, trusted_origins: frozenset[str] = frozenset(), make_wire: MakeWire | None = None
) -> list[Rule]:
    """List the Tornado rules of the party socket."""
    make_wire = make_wire or Wires(services.hub.traffic.cast)
    given = {"services": services, "trusted_origins": trusted_origins, "make_wire": make_wire}
    return [(r"/ws/parties/([^/]+)", PartySocket, given)]
