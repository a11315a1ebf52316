"""The waiting room in real browsers: one is let in and one is turned away, and the party starts by itself at its time."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from matinee.simulate.rest import Rest
from tests.e2e.chromium import Person, launched
from tests.e2e.conftest import PASSWORD, Host
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e

AHEAD = timedelta(seconds=25)


async def knock(person: Person, code: str, name: str) -> None:
    await person.goto(f"/p/{code}")
    await person.page.get_by_label("Your name").fill(name)
    await person.page.get_by_role("button", name="Join as a guest").click()
    await expect(person.page.get_by_text("Waiting to be let in")).to_be_visible()


@pytest.mark.gen_test(timeout=120)
async def test_the_host_lets_one_in_turns_one_away_and_the_film_starts_at_its_time(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    async with launched(reporter) as browser:
        asked = {"title": "Premiere", "video_id": host.video_id, "settings": {"approval": "everyone"}}
        party = await rest.call(
            "POST", "/parties", {**asked, "scheduled_for": (datetime.now(UTC) + AHEAD).isoformat()}, token=host.token
        )
        ada, gus, mallory = [await Person.arrive(browser, system.url) for _ in range(3)]
        await ada.sign_in(host.email, PASSWORD)
        await ada.enter(party["code"])
        await knock(gus, party["code"], "Gus")
        await knock(mallory, party["code"], "Mallory")
        await gus.page.reload()
        await ada.page.get_by_role("button", name="Let Gus in").click()
        await expect(gus.page.locator(".talk")).to_be_visible()
        await ada.page.get_by_role("button", name="Turn Mallory away").click()
        await expect(mallory.page.get_by_text("You cannot enter this party")).to_be_visible()
        await expect(ada.page.get_by_text("Waiting to be let in")).to_have_count(0)
        await expect(gus.page.get_by_text("Starts in")).to_be_visible()

        await ada.page.get_by_role("button", name="Host tools").click()
        await ada.page.get_by_label("Emotes of this party").fill("popcorn 🍿")
        await ada.page.get_by_role("button", name="Save emotes").click()
        await expect(ada.page.get_by_text("Saved")).to_be_visible()
        await ada.page.get_by_role("button", name="Close").click()
        await ada.page.get_by_role("button", name="React with :popcorn:").click()
        await expect(gus.page.locator(".rising").get_by_text("🍿")).to_be_visible()

        for person in (ada, gus):
            await person.until("document.querySelector('video').currentTime > 0.5", 60)
            person.assert_content()
        mallory.assert_content()
