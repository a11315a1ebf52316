"""The port that the web node serves, bound by the supervisor and handed down.

While a web node that died is started again, the port stays open and the kernel keeps callers waiting: they see a pause
instead of a refusal. And a port that is taken is found before anything was started.
"""

import errno
import socket

from matinee.faults import Fault, of_os

BACKLOG = 1024
"""A reconnect storm must not overflow it; tornado's 128 would."""


def bound(address: str, port: int) -> socket.socket:
    """Listen on `address`:`port` (0 takes a free port). Raises `Fault` with the mend where that cannot be."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise Fault(
            f"address {address}: {error.strerror}", "choose an address of this machine with --address"
        ) from error
    family, kind, protocol, _, place = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            mend = f"stop that program, or choose another port: --port {port + 1}"
            raise Fault(f"port {port} on {address} is in use by another program", mend) from error
        fault = of_os(error)
        raise Fault(f"port {port} on {address}: {fault.message}", fault.mend) from error
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def inherited(descriptor: int) -> socket.socket:
    """Take over the listening socket that the supervisor bound."""
    listener = socket.socket(fileno=descriptor)
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def url_of(listener: socket.socket) -> str:
    """`http://address:port` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
