"""An ended party watched again in a real browser: the film, the chat and the reactions where they were."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from matinee.simulate.rest import Rest
from tests.e2e.chromium import Person, launched
from tests.e2e.conftest import PASSWORD, Host
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e

NEAR_MS = 500
"""Films are held in step to some ms; what is read here is when the page has drawn something."""
NOTE_WHEN_SHOWN = """() => {
    window.shownAt = {};
    const video = document.querySelector("video");
    const look = () => {
        for (const [name, there] of [
            ["chat", document.querySelector(".talk .said")],
            ["reaction", document.querySelector(".rising span")],
        ]) if (there) window.shownAt[name] ??= video.currentTime * 1000;
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    look();
}"""


async def an_evening(ada: Person, party: dict[str, Any]) -> None:
    await ada.enter(party["code"])
    await ada.film_ready()
    await ada.toggle()
    await ada.until("document.querySelector('video').currentTime > 2.5")
    await ada.say("What a shot!")
    await ada.until("document.querySelector('video').currentTime > 4.5")
    await ada.page.get_by_role("button", name="React with 👏").click()
    await ada.until("document.querySelector('video').currentTime > 6")
    await ada.seek(60_000)
    await ada.until("document.querySelector('video').currentTime > 62")


async def kept(rest: Rest, party: dict[str, Any], token: str) -> dict[str, Any]:
    """Read the replay when its reactions are in it."""
    for _ in range(200):
        found: dict[str, Any] = await rest.call("GET", f"/parties/{party['id']}/replay?limit=500", token=token)
        if found["reactions"]:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("no reaction was kept")


@pytest.mark.gen_test(timeout=120)
async def test_the_evening_comes_back_as_it_was(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    party = await rest.call("POST", "/parties", {"title": "Once more", "video_id": host.video_id}, token=host.token)
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        await ada.sign_in(host.email, PASSWORD)
        await an_evening(ada, party)
        await rest.call("POST", f"/parties/{party['id']}/end", token=host.token)
        await ada.page.get_by_role("link", name="Watch it again").click()
        found = await kept(rest, party, host.token)
        (said,) = [frame for frame in found["items"] if frame["t"] == "chat"]
        ((reacted_ms, emoji, count),) = found["reactions"]
        assert (emoji, count) == ("👏", 1)
        await ada.page.reload()

        await expect(ada.page.get_by_role("heading", name="Once more")).to_be_visible()
        await expect(ada.page.get_by_text("Nobody had said a word yet.")).to_be_visible()
        await ada.page.evaluate(NOTE_WHEN_SHOWN)
        await ada.page.get_by_role("button", name="Watch it again").click()
        await expect(ada.page.get_by_role("log").get_by_text("What a shot!")).to_be_visible(timeout=30_000)
        await expect(ada.page.locator(".rising").get_by_text("👏")).to_be_attached(timeout=10_000)
        shown_at = await ada.page.evaluate("window.shownAt")
        film_ms = said["message"]["position_ms"]
        assert abs(shown_at["chat"] - film_ms) < NEAR_MS, (shown_at, film_ms)
        reacted_film_ms = film_ms + reacted_ms - said["at_ms"]  # kept by the second in which it came
        assert abs(shown_at["reaction"] - reacted_film_ms) < NEAR_MS, (shown_at, reacted_film_ms)

        # The party sought while it played: the film jumps where it jumped then.
        await ada.until(
            "document.querySelector('video').currentTime > 60.5 && !document.querySelector('video').paused", 30
        )
        await ada.page.get_by_role("button", name="Pause", exact=True).click()
        await ada.until("document.querySelector('video').paused")

        # Back before anybody had said a word: the watcher goes where they like.
        bar = ada.page.get_by_label("Moment of the evening")
        await bar.focus()
        await bar.press("PageDown")
        await expect(ada.page.get_by_text("Nobody had said a word yet.")).to_be_visible()
        await ada.page.get_by_role("region", name="Moments").get_by_role("button").first.click()
        await ada.until("document.querySelector('video').currentTime < 1")
        ada.assert_content()


@pytest.mark.gen_test(timeout=60)
async def test_what_is_not_over_or_not_ones_own_is_said_in_a_sentence(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    party = await rest.call("POST", "/parties", {"title": "Still on"}, token=host.token)
    async with launched(reporter) as browser:
        stranger = await Person.arrive(browser, system.url)
        await stranger.goto(f"/p/{party['code']}/replay")
        await stranger.page.wait_for_url("**/signin?next=*")
        ada = await Person.arrive(browser, system.url)
        await ada.sign_in(host.email, PASSWORD)
        await ada.goto(f"/p/{party['code']}/replay")
        await expect(ada.page.get_by_role("heading", name="It is not over yet")).to_be_visible()
        await rest.call("POST", f"/parties/{party['id']}/end", token=host.token)
        await ada.goto("/dashboard")
        await ada.page.get_by_role("link", name="Watch Still on again").click()
        await expect(ada.page.get_by_role("heading", name="Still on")).to_be_visible()
        for person in (stranger, ada):
            person.assert_content()
