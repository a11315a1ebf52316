"""A Matinee node for benchmarks: its real sockets, sessions, engine and hub, with storage off.

python serve.py PORT ROOMS        prints "ready"; the parties have the codes BENCH000, BENCH001, …
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from benchmarks.no_log import NoLog
from conf import collector
from conf.clock import SystemClock
from realtime.party.state import Settings
from realtime.routes import routes
from tests.fakes.node import Node, Shelf


async def main(port: int, rooms: int) -> None:
    # Of a load that answers at once each member says more than the 10 frames a second that people are allowed.
    shelf = Shelf()
    shelf.log = NoLog()
    node = Node(SystemClock(), shelf, frames_per_second=1_000_000)
    node.start()
    for room in range(rooms):
        await node.create(f"{room:032x}", f"BENCH{room:03}", settings=Settings(max_members=10_000))
    server = HTTPServer(Application(routes(services=node.services), log_function=lambda _handler: None))
    server.add_sockets(bind_sockets(port, "127.0.0.1", backlog=4096))
    collector.calm()  # as `matinee web` does
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))  # as `matinee web` does
