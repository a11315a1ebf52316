"""What people do, in real browsers, from an account to a party that survives a reload; the console must stay silent."""

import asyncio

import pytest
from playwright.async_api import expect

from conf.clock import SystemClock
from matinee.simulate.rest import Rest
from store.ids import new_id
from tests.e2e.chromium import FLAGS, Person, launched
from tests.e2e.conftest import PASSWORD, Host
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e


async def register(person: Person) -> None:
    name = f"ada{new_id(SystemClock().now_ms())[-10:]}"
    await person.goto("/register")
    await person.page.get_by_label("E-mail").fill(f"{name}@example.com")
    await person.page.get_by_label("Username").fill(name)
    await person.page.get_by_label("Display name").fill("Ada Lovelace")
    await person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await person.page.get_by_label("Password again").fill(PASSWORD)
    await person.page.locator("main").get_by_role("button", name="Create account").click()
    await person.page.wait_for_url(person.url + "/")


@pytest.mark.gen_test(timeout=90)
async def test_from_an_account_to_a_chat_that_survives_a_reload(
    system: RunningSystem, film: object, reporter: pytest.TerminalReporter
) -> None:
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        grace = await Person.arrive(browser, system.url, width=390, height=844)
        await register(ada)
        await ada.page.get_by_role("button", name="Upload a film").first.click()
        await ada.page.locator("input[type=file]").set_input_files(str(film))
        await ada.page.get_by_label("Title").fill("Step check")
        await ada.page.get_by_label("Who may see it").select_option("private")  # and so whoever is in the party
        await ada.page.get_by_role("button", name="Upload", exact=True).click()
        await ada.page.get_by_role("dialog", name="Start a party").get_by_label("Title").fill("Friday night")
        await ada.page.get_by_role("button", name="Open the doors").click()
        await ada.page.wait_for_url("**/p/*")
        code = ada.page.url.rpartition("/")[2]

        await grace.enter(code, "Grace Hopper")
        await expect(ada.page.get_by_text("Grace Hopper")).to_be_visible()
        await ada.say("Welcome <b>in</b>")
        await grace.say("Hello from my phone")
        for person in (ada, grace):
            log = person.page.get_by_role("log")
            await expect(log.get_by_text("Welcome <b>in</b>")).to_be_visible()  # as text: never as markup
            await expect(log.get_by_text("Hello from my phone")).to_be_visible()

        await ada.film_ready()
        await ada.toggle()
        await expect(grace.page.get_by_role("button", name="Pause for everybody")).to_be_disabled()
        await grace.until("document.querySelector('video').currentTime > 1")

        await grace.page.reload()
        await expect(grace.page.get_by_role("log").get_by_text("Welcome <b>in</b>")).to_be_visible()
        await grace.until("document.querySelector('video')?.currentTime > 2")
        await grace.say("Back in my seat")
        await expect(ada.page.get_by_role("log").get_by_text("Back in my seat")).to_be_visible()
        await expect(ada.page.get_by_label("People").get_by_text("Grace Hopper")).to_have_count(1)

        await ada.toggle()
        await grace.until("document.querySelector('video').paused")
        ada.assert_content()
        grace.assert_content()


@pytest.mark.gen_test(timeout=60)
async def test_a_signed_in_person_stays_signed_in_over_a_reload_and_is_gone_after_signing_out(
    system: RunningSystem, host: Host, reporter: pytest.TerminalReporter
) -> None:
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        await ada.sign_in(host.email, PASSWORD)
        await ada.page.reload()
        await expect(ada.page.get_by_role("button", name="Sign out")).to_be_visible()
        kept = await ada.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert "eyJ" not in kept, "no token within reach of scripts"
        await ada.goto("/dashboard")
        await expect(ada.page.get_by_role("heading", name="Your dashboard")).to_be_visible()
        await ada.page.get_by_role("button", name="Sign out").click()
        await ada.page.wait_for_url(system.url + "/")
        await expect(ada.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
        ada.assert_content()


@pytest.mark.gen_test(timeout=60)
async def test_where_the_browser_forbids_sound_it_plays_muted_and_one_click_brings_the_sound(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    strict = [flag for flag in FLAGS if "autoplay" not in flag] + [
        "--autoplay-policy=document-user-activation-required"
    ]
    party = await rest.call("POST", "/parties", {"title": "Hush", "video_id": host.video_id}, token=host.token)
    await rest.call("POST", f"/parties/{party['id']}/control", {"command": "play"}, token=host.token)
    async with launched(reporter, flags=strict) as browser:
        context = await browser.new_context()
        ada = Person(await context.new_page(), system.url)
        # Seated as after a reload, on a document that nobody has touched.
        seat = f"sessionStorage.setItem('matinee.guest.{party['code']}', JSON.stringify('Grace Hopper'))"
        await context.add_init_script(seat)
        await ada.goto(f"/p/{party['code']}")
        await asyncio.sleep(4)  # whatever Playwright asks a page counts as a person's gesture
        assert await ada.page.evaluate("document.querySelector('video').muted")
        await ada.until("document.querySelector('video').currentTime > 0.5")
        await ada.page.get_by_role("button", name="Click for sound").click()
        await ada.until("!document.querySelector('video').muted && !document.querySelector('video').paused")
        ada.assert_content()


@pytest.mark.gen_test(timeout=90)
async def test_a_page_whose_line_drops_says_so_and_comes_back_to_its_seat(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    party = await rest.call("POST", "/parties", {"title": "Tunnel", "video_id": host.video_id}, token=host.token)
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        await ada.enter(party["code"], "Grace Hopper")
        await ada.say("before the tunnel")
        await ada.page.context.set_offline(True)  # new lines fail; the old one is cut by the node going away
        system.kill_part("web")
        await expect(ada.page.get_by_text("The line dropped")).to_be_visible(timeout=15_000)
        await ada.page.context.set_offline(False)
        await expect(ada.page.get_by_text("The line dropped")).to_be_hidden(timeout=30_000)
        await ada.say("after the tunnel")
        log = ada.page.get_by_role("log")
        await expect(log.get_by_text("before the tunnel")).to_have_count(1)
        await expect(log.get_by_text("after the tunnel")).to_have_count(1)
        expected = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "WebSocket connection to")
        assert [line for line in ada.complaints if not any(words in line for words in expected)] == []


@pytest.mark.gen_test(timeout=60)
async def test_who_does_not_follow_controls_only_their_own_screen_and_can_come_back(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    party = await rest.call("POST", "/parties", {"title": "Own way", "video_id": host.video_id}, token=host.token)
    await rest.call("POST", f"/parties/{party['id']}/control", {"command": "play"}, token=host.token)
    async with launched(reporter) as browser:
        grace = await Person.arrive(browser, system.url)
        await grace.enter(party["code"], "Grace Hopper")
        await grace.until("document.querySelector('video').currentTime > 0.5")
        await grace.page.get_by_role("button", name="Don't follow").click()
        await expect(grace.page.get_by_role("button", name="Rejoin the party")).to_be_visible()
        await grace.seek(60_000)
        await grace.until("document.querySelector('video').currentTime > 60")
        shown = await rest.call("GET", f"/parties/{party['id']}/log?limit=100", token=host.token)
        assert [frame["t"] for frame in shown["items"]].count("playback") == 1, "nothing of it was sent to the party"
        await grace.page.get_by_role("button", name="Rejoin the party").click()
        await grace.until("!document.querySelector('video').paused && document.querySelector('video').currentTime < 50")
        await expect(grace.page.locator(".step")).to_contain_text("in step")
        grace.assert_content()


@pytest.mark.gen_test(timeout=60)
async def test_wrong_codes_and_unknown_addresses_end_in_a_sentence(
    system: RunningSystem, reporter: pytest.TerminalReporter
) -> None:
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        await ada.goto("/p/NOSUCH00")
        await ada.page.get_by_label("Your name").fill("Ada")
        await ada.page.get_by_role("button", name="Join as a guest").click()
        await expect(ada.page.get_by_text("There is no such party.")).to_be_visible()
        ada.assert_content()
        await ada.goto("/no/such/page")
        await expect(ada.page.get_by_text("This screen is dark")).to_be_visible()
