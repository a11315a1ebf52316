"""The canary: whatever the suite mints that must stay secret is remembered, and every log line is searched for it.

Lines are taken as they are written, before `conf.logs` blanks what looks like a credential: that is the second net, and
this one must hold without it.
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

import pytest

from api.services.passwords import Passwords
from api.services.sessions import Sessions
from api.services.signatures import StreamSignatures
from api.services.tokens import AccessTokens
from realtime.sessions import Sessions as PartySessions

RUN = re.compile(r"[A-Za-z0-9_.+/=-]{16,}")
"""What any token, key or signature looks like."""
LINK_TOKEN = re.compile(r"\?(?:3D)?token=(?:3D)?([A-Za-z0-9_-]{20,})")
SHORTEST_PASSWORD = 12
"""Shorter ones of the tests are words that a line may hold by chance."""
LOUD = ("pymongo", "asyncio", "hypothesis")
"""Libraries whose debug lines would be most of the log. From INFO on they are heard."""
OTHER_SIDE = "mail.log"
"""The SMTP server of the tests: who receives a mail may log what is in it."""


class Canary(logging.Handler):
    """Listens to the root logger, and to whoever mints."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(logging.DEBUG)
        self.tokens: set[str] = set()
        self.passwords: set[str] = set()
        self.lines = 0
        self._file = file
        self._format = logging.Formatter("%(name)s %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == OTHER_SIDE:
            return
        self.lines += 1
        self._file.write(self._format.format(record).encode("utf-8", "replace").decode() + "\n")

    def listen(self) -> None:
        """Be on the root logger at level DEBUG, whatever a test has made of it."""
        root = logging.getLogger()
        if self not in root.handlers:
            root.addHandler(self)
        root.setLevel(logging.DEBUG)
        for name in LOUD:
            logging.getLogger(name).setLevel(logging.INFO)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Wrap the places where secrets are made."""
        self._wrap(patch, secrets, "token_urlsafe", self.token)
        for kind, method in (
            (AccessTokens, "make"),
            (Sessions, "_successor"),
            (PartySessions, "write"),
        ):
            self._wrap(patch, kind, method, self.token)
        self._wrap(patch, StreamSignatures, "sign", lambda query: self.token(query.rpartition("signature=")[2]))
        hashed = Passwords.hash

        async def remember(passwords: Passwords, password: str) -> str:
            if len(password) >= SHORTEST_PASSWORD:
                self.passwords.add(password)
            return await hashed(passwords, password)

        patch.setattr(Passwords, "hash", remember)

    def token(self, made: Any) -> None:
        if isinstance(made, str) and len(made) >= 16:
            self.tokens.add(made)

    def installation(self, data: Path) -> None:
        """Remember what a system in a process of its own made: its keys, and the links of its mails."""
        file = data / "secrets.toml"
        if file.exists():
            for value in re.findall(r'"([^"]{16,})"', file.read_text()):
                self.token(value)
        for mail in (data / "mail").glob("*.eml"):
            for value in LINK_TOKEN.findall(mail.read_text(errors="replace")):
                self.token(value)

    def read(self, file: Path) -> None:
        """Take in the log of a system in a process of its own."""
        if file.exists():
            text = file.read_text(errors="replace")
            self.lines += text.count("\n")
            self._file.write(text)

    def found(self, text: str) -> list[str]:
        """List the lines of `text` that hold a secret."""
        runs = {run.strip("./=") for run in RUN.findall(text)}
        leaked = {secret for secret in self.tokens if secret.strip("./=") in runs}
        leaked |= {secret for run in runs - leaked for secret in _parts(run) if secret in self.tokens}
        leaked |= {password for password in self.passwords if password in text}
        return [line[:300] for line in text.splitlines() if any(secret in line for secret in leaked)] if leaked else []

    def says(self, leaks: list[str]) -> str:
        searched = (
            f"{len(self.tokens) + len(self.passwords):,} secrets minted, {self.lines:,} log lines searched for them"
        )
        return f"canary: {searched}, {len(leaks)} found"

    def _wrap(self, patch: pytest.MonkeyPatch, owner: Any, name: str, note: Callable[[Any], None]) -> None:
        made: Callable[..., Any] = getattr(owner, name)

        def noted(*given: Any, **named: Any) -> Any:
            result = made(*given, **named)
            note(result)
            return result

        patch.setattr(owner, name, noted)


def _parts(run: str) -> Iterable[str]:
    """Take a run apart where a token may end: in a path, behind `=`, between dots."""
    yield from re.split(r"[/=+]", run)
    yield from re.split(r"[/=+.]", run)
