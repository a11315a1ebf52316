"""Those who send the cases: two people, staff and nobody; and the real ids that they know from replies."""

import random
import re
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from tests.running_system import RunningSystem

PASSWORD = "a seat in the middle row"
KEPT = 30
WAIT_SECONDS = 30


class Callers:
    def __init__(self, system: RunningSystem) -> None:
        self._system = system
        self._chance = random.Random(7)
        self._people = 0
        self._tokens: dict[str, str] = {"nobody": ""}
        self.session = requests.Session()
        self.known: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))
        """Values that replies held, by the name of the parameter that takes them."""
        self.replace("ann")
        self.replace("bob")
        self._staff = self._make_staff()
        self.replace("staff")
        self._begin()

    def close(self) -> None:
        self.session.close()

    def pick(self) -> str:
        """Name who sends the next case."""
        return self._chance.choice(("ann", "ann", "bob", "staff", "nobody"))

    def token(self, caller: str) -> str:
        return self._tokens[caller]

    def chance(self, of: float) -> bool:
        return self._chance.random() < of

    def some(self, parameter: str) -> str | None:
        """Pick a real value for a parameter; None where none is known yet."""
        return self._chance.choice(self.known[parameter]) if self.known[parameter] else None

    def learn(self, path: str, body: Any) -> None:
        """Keep what a reply names: its `id` for the resource of the path, and each `…_id`, code and username."""
        kind = path.removeprefix("/api/v1/").split("/")[0]
        singular = re.sub(r"ies$", "y", kind) if kind.endswith("ies") else kind.removesuffix("s")
        for found in _objects(body):
            for name, value in found.items():
                if isinstance(value, str) and 0 < len(value) <= 64:
                    self.known[f"{singular}_id" if name == "id" else name].append(value)

    def renew(self) -> None:
        """Give somebody who signed out, was shut out or left a new account; staff sign in again."""
        for caller in ("ann", "bob", "staff"):
            if self._get("/users/me", caller).status_code != requests.codes.ok:
                self.replace(caller)

    def replace(self, caller: str) -> None:
        if caller == "staff":
            self._tokens[caller] = self._sign_in(*self._staff)
            return
        self._people += 1
        name = f"{caller}{self._people}"
        email = f"{name}@example.com"
        self._post(
            "/auth/register",
            {"email": email, "username": name, "password": PASSWORD, "password_confirm": PASSWORD},
        )
        self._tokens[caller] = self._sign_in(email, PASSWORD)

    def _begin(self) -> None:
        """Have something there to be found."""
        for caller in ("ann", "bob"):
            for visibility in ("public", "private"):
                film = {
                    "title": "Harbour",
                    "source": "url",
                    "url": "https://example.com/f.mp4",
                    "visibility": visibility,
                }
                self.learn("/api/v1/videos", self._post("/videos", film, caller).json())
                party = self._post("/parties", {"title": "Friday", "visibility": visibility}, caller).json()
                self.learn("/api/v1/parties", party)
                self._post(f"/parties/{party['id']}/join", {}, caller)

    def _make_staff(self) -> tuple[str, str]:
        email = "staff@example.com"
        command = [sys.executable, "-m", "matinee", "admin", "create", "--email", email, "--username", "staff"]
        made = subprocess.run(
            [*command, "--data", str(self._system.data)], capture_output=True, text=True, check=True, timeout=60
        )
        return email, made.stdout.rpartition("password: ")[2].strip()

    def _sign_in(self, email: str, password: str) -> str:
        reply = self._post("/auth/login", {"email": email, "password": password})
        return str(reply.json()["access_token"])

    def elsewhere(self) -> dict[str, str]:
        """Come from another address: the cases guess passwords, and whoever shares their address waits for it."""
        return {"X-Forwarded-For": f"10.{self._chance.randrange(256)}.{self._chance.randrange(256)}.1"}

    def _get(self, path: str, caller: str) -> requests.Response:
        return self.session.get(self._url(path), headers=self.bearer(caller), timeout=WAIT_SECONDS)

    def _post(self, path: str, body: Mapping[str, Any], caller: str = "nobody") -> requests.Response:
        lines = self.bearer(caller) | self.elsewhere()
        reply = self.session.post(self._url(path), json=body, headers=lines, timeout=WAIT_SECONDS)
        assert reply.ok, reply.text
        return reply

    def bearer(self, caller: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[caller]}"} if self._tokens[caller] else {}

    def _url(self, path: str) -> str:
        return f"{self._system.url}/api/v1{path}"


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield body
        for value in body.values():
            yield from _objects(value)
    elif isinstance(body, list):
        for value in body[:10]:
            yield from _objects(value)
