"""Which browser the tests use, and pages that fail a test for what a person would only find in the console."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

FLAGS = [
    "--no-sandbox",  # containers and CI have no user namespaces
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--mute-audio",
]
HOW_TO_GET_ONE = (
    "no Chromium: set MATINEE_CHROMIUM, or `apt install chromium`, or `playwright install chromium`; "
    "the browser tests were NOT run"
)


def binary() -> str | None:
    """Path of a Chromium: `MATINEE_CHROMIUM`, then the PATH; None leaves it to Playwright's own download."""
    named = os.environ.get("MATINEE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@asynccontextmanager
async def launched(reporter: pytest.TerminalReporter, *, flags: list[str] = FLAGS) -> AsyncIterator[Browser]:
    """Run a Chromium. Without any the test is skipped with one loud line, or fails where CI is true."""
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=binary(), args=flags)
        except Error as error:
            if "Executable doesn't exist" not in str(error) and "Failed to launch" not in str(error):
                raise
            without(reporter)
        try:
            yield browser
        finally:
            await browser.close()


def without(reporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(HOW_TO_GET_ONE)
    reporter.write_line(f"\nSKIPPED: {HOW_TO_GET_ONE}", yellow=True)
    pytest.skip(HOW_TO_GET_ONE)


class Person:
    """Somebody at a browser of their own. What their console complains of is kept in `complaints`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("crash", lambda _page: self.complaints.append("the page crashed"))

    @classmethod
    async def arrive(cls, browser: Browser, url: str, *, width: int = 1280, height: int = 800) -> "Person":
        context = await browser.new_context(viewport={"width": width, "height": height})
        return cls(await context.new_page(), url)

    def _heard(self, message: ConsoleMessage) -> None:
        """Errors and warnings count; what breaks the content security policy is among them."""
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    async def goto(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def sign_in(self, email: str, password: str) -> None:
        await self.goto("/signin")
        await self.page.get_by_label("E-mail").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.wait_for_url(self.url + "/")

    async def enter(self, code: str, name: str | None = None) -> None:
        """Take a seat; `name` for guests."""
        await self.goto(f"/p/{code}")
        if name is not None:
            await self.page.get_by_label("Your name").fill(name)
            await self.page.get_by_role("button", name="Join as a guest").click()
        await self.page.locator(".talk").wait_for()

    async def until(self, expression: str, seconds: float = 20) -> None:
        """Wait until something holds in the page. Playwright's own way evaluates strings there, which our policy refuses."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self.page.evaluate(expression):
            assert asyncio.get_running_loop().time() < deadline, f"never came true: {expression}"
            await asyncio.sleep(0.05)

    async def film_ready(self) -> None:
        await self.until("document.querySelector('video')?.readyState >= 3")

    async def say(self, words: str) -> None:
        await self.page.get_by_label("Say something").fill(words)
        await self.page.get_by_role("button", name="Send").click()

    async def toggle(self) -> None:
        await self.page.get_by_role("button", name="for everybody").click()

    async def seek(self, position_ms: float) -> None:
        """Drag the seek bar, as far as the page can tell."""
        await self.page.get_by_label("Position in the film").evaluate(
            """(bar, to) => {
                bar.value = to;
                bar.dispatchEvent(new Event("input", { bubbles: true }));
                bar.dispatchEvent(new Event("change", { bubbles: true }));
            }""",
            position_ms,
        )

    async def current_ms(self) -> float:
        found: float = await self.page.evaluate("document.querySelector('video').currentTime * 1000")
        return found

    async def record_frames(self) -> None:
        """Note each frame from now on: when it was put on the screen, and which one it was."""
        await self.page.evaluate(
            """() => {
                const video = document.querySelector("video");
                window.shown = [];
                const keep = (_now, frame) => {
                    window.shown.push([performance.timeOrigin + frame.presentationTime, frame.mediaTime * 1000]);
                    video.requestVideoFrameCallback(keep);
                };
                video.requestVideoFrameCallback(keep);
            }"""
        )

    async def frames(self) -> list[tuple[float, float]]:
        return [(at_ms, media_ms) for at_ms, media_ms in await self.page.evaluate("window.shown")]

    async def wall_clock_ms(self) -> float:
        found: float = await self.page.evaluate("performance.timeOrigin + performance.now()")
        return found

    def assert_content(self) -> None:
        assert not self.complaints, "the browser's console:\n" + "\n".join(self.complaints)
