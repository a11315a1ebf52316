"""The plain way, for benchmarks/commands.py: a Tornado handler that stores each command with `insert_one` and then sends it on.

python peer.py PORT        prints "ready"; MongoDB's address is in MONGO_URI

It gives what ours gives, as far as it goes: numbered without gaps under a unique index, durable (majority and journal) before
anybody sees it, answered with its seq, once for an id. It knows no roles, limits, states, resumes or other nodes.
"""

import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

LOG = AsyncIOMotorClient(os.environ["MONGO_URI"], w="majority", journal=True)["matinee"]["plain_commands"]


class Room:
    def __init__(self) -> None:
        self.members: set[Member] = set()
        self.answers: dict[str, int] = {}
        self.turn = asyncio.Lock()
        self.seq = 0


ROOMS: dict[str, Room] = defaultdict(Room)


class Member(WebSocketHandler):
    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return subprotocols[0] if subprotocols else None

    def open(self, code: str) -> None:
        self.set_nodelay(True)
        self.code, self.room = code, ROOMS[code]
        self.room.members.add(self)
        self.work: set[asyncio.Task[None]] = set()

    def on_message(self, message: str | bytes) -> None:
        frame = json.loads(message)
        if frame["t"] == "hello":
            self.tell({"t": "welcome"})
            return
        task = asyncio.create_task(self.command(frame))
        self.work.add(task)
        task.add_done_callback(self.work.discard)

    async def command(self, frame: dict[str, Any]) -> None:
        room, command_id = self.room, f"{id(self)}:{frame['id']}"
        async with room.turn:
            if command_id not in room.answers:
                kind = "chat" if frame["t"] == "chat.send" else "playback"
                event = {
                    "t": kind,
                    "seq": room.seq + 1,
                    "at_ms": time.monotonic() * 1000,
                    "command_id": command_id,
                    **frame,
                }
                del event["id"]
                event["t"] = kind
                await LOG.insert_one({"party_id": self.code, **event})
                room.seq += 1
                room.answers[command_id] = room.seq
                for member in room.members:
                    member.tell(event)
        self.tell({"t": "ok", "seq": room.answers[command_id], "id": frame["id"]})

    def tell(self, fields: dict[str, Any]) -> None:
        with suppress(WebSocketClosedError):
            self.write_message(json.dumps(fields, separators=(",", ":")))

    def on_close(self) -> None:
        self.room.members.discard(self)


async def main(port: int) -> None:
    await LOG.create_index([("party_id", 1), ("seq", 1)], unique=True)
    Application([(r"/ws/parties/(\w+)", Member)]).listen(port, "127.0.0.1", backlog=4096)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
