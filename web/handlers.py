"""Serves the shells and the files. Nothing here knows who asks: pages learn that from REST."""

from typing import Any

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from web.security_headers import SECURITY_HEADERS, TRANSPORT_SECURITY

YEAR_SECONDS = 31_536_000
_METHODS = "GET, HEAD"


def _secure(handler: RequestHandler, *, https: bool) -> None:
    handler.clear_header("Server")
    for name, value in SECURITY_HEADERS:
        handler.set_header(name, value)
    if https:
        handler.set_header(*TRANSPORT_SECURITY)


class PageHandler(RequestHandler):
    """Answers with one shell; `status` is 404 for the page that says there is none."""

    def initialize(self, *, shell: bytes, missing: bytes, https: bool, status: int = 200) -> None:
        self._shell = shell
        self._missing = missing
        self._status = status
        self._https = https
        _secure(self, https=https)

    def get(self) -> None:
        self.set_status(self._status)
        self._write(self._shell)

    def head(self) -> None:
        self.get()

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        _secure(self, https=self._https)  # Tornado has cleared the headers
        if status_code == 405:  # noqa: PLR2004
            self.set_header("Allow", _METHODS)
        self._write(self._missing)

    def _write(self, shell: bytes) -> None:
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "no-cache")  # kept, and asked for again by ETag
        self.finish(shell)


class AssetHandler(StaticFileHandler):
    """Serves a file under the digest of all files: a set that belongs together, and never changes under its name.

    During a rolling deploy a page of the other version may ask here: it gets our file, but must not keep it.
    """

    def initialize(self, path: str, *, digest: str, https: bool) -> None:  # type: ignore[override]
        super().initialize(path)
        self._digest = digest
        self._https = https

    async def get(self, digest: str, path: str, include_body: bool = True) -> None:  # type: ignore[override]  # noqa: FBT001, FBT002
        self._current = digest == self._digest
        await super().get(path, include_body)

    async def head(self, digest: str, path: str) -> None:  # type: ignore[override]
        await self.get(digest, path, include_body=False)

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        _secure(self, https=self._https)
        kept = f"public, max-age={YEAR_SECONDS}, immutable" if self._current else "no-cache"
        self.set_header("Cache-Control", kept)

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        _secure(self, https=self._https)
        if status_code == 405:  # noqa: PLR2004
            self.set_header("Allow", _METHODS)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish("There is no such file.\n" if status_code == 404 else f"{status_code}\n")  # noqa: PLR2004

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if absolute_path.endswith("package.json"):
            raise HTTPError(404)  # tells node that the modules are modules; nobody's business here
        return super().validate_absolute_path(root, absolute_path)
