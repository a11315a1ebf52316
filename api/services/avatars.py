"""Where people's pictures are kept: one file an account, named after it, so that none is ever left without an owner."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api.ask import Headers
from api.problems import Problem
from api.services.files import Files
from api.services.pictures import NotAPicture, portrait
from store.database import Store
from store.documents import User

MOST_BYTES = 2 * 1024 * 1024


class Avatars:
    def __init__(self, *, store: Store, files: Files, folder: Path) -> None:
        self._store = store
        self._files = files
        self._folder = folder
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="avatar")
        """One picture at a time: parties have the first right to the other cores, and to memory."""
        self._turn = asyncio.Lock()
        """What an account says of its picture and the picture itself are changed together."""

    def path(self, user_id: str) -> Path:
        return self._folder / f"{user_id}.webp"

    def begin(self, headers: Headers) -> "Picture":
        """Get ready for the bytes of a picture. Raises `Problem("too_large")` before any of them is read."""
        stated = headers.get("Content-Length", "")
        if stated.isdecimal() and int(stated) > MOST_BYTES:
            raise _too_large()
        return Picture()

    async def put(self, user: User, raw: bytes) -> User:
        """Make a picture somebody's own. Raises `Problem("not_an_image")`."""
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._decoder, portrait, raw)
        except NotAPicture as reason:
            raise Problem("not_an_image", str(reason)) from reason
        async with self._turn:
            await self._files.run(lambda: _write(self.path(user.id), made))
            changed = await self._store.users.set_profile(user.id, {"avatar": hashlib.sha256(made).hexdigest()[:16]})
            if changed is None:  # erased meanwhile
                await self._files.remove(self.path(user.id))
                raise Problem("unauthenticated")
        return changed

    async def remove(self, user: User) -> None:
        async with self._turn:
            await self._store.users.set_profile(user.id, {"avatar": None})
            await self._files.remove(self.path(user.id))

    async def erase(self, user_id: str) -> None:
        """Remove the picture of an account that is gone."""
        async with self._turn:
            await self._files.remove(self.path(user_id))

    def close(self) -> None:
        self._decoder.shutdown(wait=True)


class Picture:
    """The bytes of one request (`api.ask.Sink`); they are few enough to be held."""

    def __init__(self) -> None:
        self.raw = bytearray()

    async def write(self, chunk: bytes) -> None:
        if len(self.raw) + len(chunk) > MOST_BYTES:
            raise _too_large()
        self.raw += chunk

    async def close(self) -> None:
        self.raw.clear()


def _write(path: Path, made: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_bytes(made)
    aside.replace(path)


def _too_large() -> Problem:
    return Problem("too_large", f"A picture may have at most {MOST_BYTES} bytes.")
