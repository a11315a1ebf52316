"""The rules that web/ adds to the Tornado application. They end in the page for addresses that are nobody's: put them last."""

import hashlib
from pathlib import Path

from tornado.routing import URLSpec
from tornado.template import Loader

from web.handlers import AssetHandler, PageHandler
from web.pages import MISSING, PAGES, Page

HERE = Path(__file__).parent
DIGEST_LENGTH = 16


def routes(*, https: bool = False, static: Path = HERE / "static") -> list[URLSpec]:
    """Read the shells and the digest of all files once, and give the rules.

    `https` says whether our own address is https (`Settings.base_url`): browsers are then told never to come without.
    """
    digest = assets_digest(static)
    loader = Loader(str(HERE / "templates"))

    def shell(page: Page) -> bytes:
        return loader.load("shell.html").generate(page=page, assets=f"/static/{digest}")

    missing = shell(MISSING)
    common = {"missing": missing, "https": https}
    return [
        *(URLSpec(page.pattern, PageHandler, {"shell": shell(page), **common}, name=page.module) for page in PAGES),
        URLSpec(
            r"/static/([0-9a-f]+)/(.*)",
            AssetHandler,
            {"path": str(static), "digest": digest, "https": https},
            name="asset",
        ),
        URLSpec(MISSING.pattern, PageHandler, {"shell": missing, "status": 404, **common}, name="missing"),
    ]


def assets_digest(static: Path) -> str:
    """Name the set of files by what is in them: another byte in any file is another name for all."""
    whole = hashlib.sha256()
    for file in sorted(path for path in static.rglob("*") if path.is_file()):
        name = file.relative_to(static).as_posix().encode()
        whole.update(len(name).to_bytes(4, "big") + name + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:DIGEST_LENGTH]
