"""The bots' way through REST: JSON in and out, repeated while the server or its database is away for a moment."""

import json
from collections import Counter
from typing import Any

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient

RETRY_SECONDS = 60.0
REQUEST_SECONDS = 20.0
UPLOAD_SECONDS = 300.0
AT_ONCE = 16
PASSING = frozenset({429, 502, 503, 504})
"""Statuses that may be gone a moment later."""
NO_ANSWER = 599
"""Tornado's sign for it."""


class Refused(Exception):  # noqa: N818 - named for what the server did
    """The server answered with a problem that a repetition does not mend."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class Away(Exception):  # noqa: N818
    """No answer, or one that says: later. `after_s` is what Retry-After asked for."""

    def __init__(self, message: str, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.after_s = after_s


class Rest:
    """One server's `/api/v1`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.put_off: Counter[str] = Counter()
        """How often each answer came that says: later. `no answer` where there was none."""
        self._client: AsyncHTTPClient = SimpleAsyncHTTPClient(force_instance=True, max_clients=AT_ONCE)

    async def call(self, method: str, path: str, body: object = None, *, token: str = "", key: str = "") -> Any:
        """Call a route and return its JSON; `key` makes a repeated POST safe.

        Raises `Refused`; `Away` where the server stays away for `RETRY_SECONDS`.
        """
        headers = {"Accept": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        # An empty body has a length; without one tornado would announce chunks.
        encoded = b"" if method in {"POST", "PUT", "PATCH"} else None
        if body is not None:
            headers["Content-Type"] = "application/json"
            encoded = json.dumps(body).encode()
        request = self._request(method, path, headers, token, body=encoded, request_timeout=REQUEST_SECONDS)
        return await self._repeated(request)

    async def upload(self, path: str, content: bytes, *, token: str) -> Any:
        """PUT a file in one request."""
        headers = {"Content-Type": "video/mp4"}
        request = self._request("PUT", path, headers, token, body=content, request_timeout=UPLOAD_SECONDS)
        return await self._repeated(request)

    def close(self) -> None:
        self._client.close()

    def _request(self, method: str, path: str, headers: dict[str, str], token: str, **how: Any) -> HTTPRequest:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return HTTPRequest(
            f"{self.url}/api/v1{path}",
            method=method,
            headers=headers,
            allow_nonstandard_methods=True,
            connect_timeout=REQUEST_SECONDS,
            **how,
        )

    async def _repeated(self, request: HTTPRequest) -> Any:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(Away), wait=_wait, stop=stop_after_delay(RETRY_SECONDS), reraise=True
        ):
            with attempt:
                response = await self._fetch(request)
                if response.code in PASSING | {NO_ANSWER}:
                    self.put_off["no answer" if response.code == NO_ANSWER else str(response.code)] += 1
                return _answer(response)
        raise AssertionError("tenacity ends with a result or an error")

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        try:
            return await self._client.fetch(request, raise_error=False)
        except OSError as error:
            self.put_off["no answer"] += 1
            raise Away(str(error)) from error


_BACK_OFF = wait_random_exponential(multiplier=0.2, max=3)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(_BACK_OFF(state), error.after_s if isinstance(error, Away) else 0.0)


def _answer(response: HTTPResponse) -> Any:
    if response.error is not None and response.code == NO_ANSWER:
        raise Away(str(response.error))
    text = response.body.decode() if response.body else ""
    if response.code in PASSING:
        raise Away(f"{response.code}: {text[:200]}", float(response.headers.get("Retry-After", "0") or 0))
    try:
        document = json.loads(text) if text else None
    except ValueError as error:
        raise Refused(response.code, "not_json", text[:200]) from error
    if response.code >= 400:  # noqa: PLR2004
        problem = document if isinstance(document, dict) else {}
        raise Refused(response.code, str(problem.get("code", "")), str(problem.get("detail", text[:200])))
    return document
