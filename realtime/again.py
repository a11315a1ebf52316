from collections.abc import Awaitable, Callable


class Again:
    """Does a piece of work for whoever asks: never twice at once, and once more for all who asked meanwhile."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._asked = self._busy = False

    async def ask(self) -> None:
        self._asked = True
        if self._busy:
            return
        self._busy = True
        try:
            while self._asked:
                self._asked = False
                await self._work()
        finally:
            self._busy = False
