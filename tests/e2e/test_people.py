"""People to each other, in real browsers: who is followed hears it at once, and who is blocked finds nobody."""

import io

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import expect

from conf.clock import SystemClock
from matinee.simulate.rest import Rest
from store.ids import new_id
from tests.e2e.chromium import Person, launched
from tests.e2e.conftest import PASSWORD
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e


def portrait() -> bytes:
    """Draw somebody in a red coat before an evening sky."""
    picture = Image.new("RGB", (512, 512))
    draw = ImageDraw.Draw(picture)
    for y in range(512):
        draw.line([(0, y), (512, y)], fill=(26 + y // 7, 34 + y // 14, 84 - y // 9))
    draw.ellipse((92, 330, 420, 760), fill="#c7374f")
    draw.ellipse((158, 92, 354, 362), fill="#e6c3a0")
    draw.pieslice((146, 66, 366, 352), 180, 360, fill="#33211a")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


async def account(rest: Rest, display_name: str) -> str:
    """Make an account, and return its username; `<username>@example.com` is its address."""
    name = f"{display_name.split(maxsplit=1)[0].lower()}{new_id(SystemClock().now_ms())[-10:]}"
    fields = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, "password_confirm": PASSWORD}
    await rest.call("POST", "/auth/register", {**fields, "display_name": display_name})
    return name


@pytest.mark.gen_test(timeout=60)
async def test_a_follower_rings_the_bell_and_who_is_blocked_finds_nobody(
    system: RunningSystem, rest: Rest, reporter: pytest.TerminalReporter
) -> None:
    ada_name, grace_name = await account(rest, "Ada Lovelace"), await account(rest, "Grace Hopper")
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        grace = await Person.arrive(browser, system.url)
        await ada.sign_in(f"{ada_name}@example.com", PASSWORD)
        await grace.sign_in(f"{grace_name}@example.com", PASSWORD)
        await ada.page.get_by_role("link", name="Your account: Ada Lovelace").click()
        await ada.page.get_by_label("Picture file").set_input_files(
            {"name": "me.png", "mimeType": "image/png", "buffer": portrait()}
        )
        await ada.page.get_by_role("button", name="Use this picture").click()
        await expect(ada.page.get_by_text("Your picture is in place.")).to_be_visible()
        await ada.page.get_by_label("About you").fill("Writes programs for engines that were never built.")
        await ada.page.locator("#profile").get_by_role("button", name="Save").click()
        await expect(ada.page.locator("#profile").get_by_text("Saved")).to_be_visible()

        search = grace.page.get_by_role("combobox", name="Search")
        await search.press_sequentially(ada_name[:-1])
        await expect(grace.page.get_by_role("option")).to_have_count(1)
        await search.press("ArrowDown")
        await search.press("Enter")
        await expect(grace.page.get_by_text("engines that were never built")).to_be_visible()
        await grace.until("document.querySelector('main img.avatar')?.naturalWidth > 0")
        await grace.page.get_by_role("button", name="Follow", exact=True).click()
        await expect(grace.page.get_by_role("button", name="Unfollow")).to_be_visible()

        bell = ada.page.get_by_role("button", name="Notifications, 1 unread")
        await bell.click()
        await ada.page.get_by_role("link", name=f"{grace_name} follows you").click()
        await expect(ada.page.get_by_role("heading", name="Grace Hopper")).to_be_visible()
        await expect(ada.page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
        await ada.page.get_by_role("button", name="Block").click()
        await ada.page.get_by_role("dialog").get_by_role("button", name="Block").click()
        await expect(ada.page.get_by_text("You blocked Grace Hopper")).to_be_visible()

        ada.assert_content()
        grace.assert_content()
        await grace.page.reload()
        await expect(grace.page.get_by_text("Nobody sits here")).to_be_visible()
        await ada.goto("/me")
        await ada.page.get_by_role("button", name="Unblock Grace Hopper").click()
        await expect(ada.page.get_by_text("You have blocked nobody.")).to_be_visible()


@pytest.mark.gen_test(timeout=60)
async def test_a_link_opens_a_private_party_and_leaves_the_address_bar(
    system: RunningSystem, rest: Rest, reporter: pytest.TerminalReporter
) -> None:
    host_name = await account(rest, "Hedy Lamarr")
    signed_in = await rest.call("POST", "/auth/login", {"email": f"{host_name}@example.com", "password": PASSWORD})
    wish = {"title": "Behind the curtain", "visibility": "private"}
    party = await rest.call("POST", "/parties", wish, token=signed_in["access_token"])
    async with launched(reporter) as browser:
        hedy = await Person.arrive(browser, system.url)
        await hedy.sign_in(f"{host_name}@example.com", PASSWORD)
        await hedy.enter(party["code"])
        await hedy.page.get_by_role("button", name="Host tools").click()
        await hedy.page.get_by_role("button", name="Make a link").click()
        link = await hedy.page.get_by_label("Invite link").input_value()
        await expect(hedy.page.get_by_role("button", name="Revoke the invite for A link")).to_be_visible()

        guest = await Person.arrive(browser, system.url)
        await guest.page.goto(link.replace("http://127.0.0.1:8888", system.url))
        await guest.page.get_by_label("Your name").fill("Radia")
        assert "#" not in guest.page.url
        await guest.page.get_by_role("button", name="Join as a guest").click()
        await expect(guest.page.get_by_role("heading", name="Behind the curtain")).to_be_visible()
        seat = guest.page.get_by_role("listitem").filter(has_text="Hedy Lamarr")
        await expect(seat).to_be_visible()
        await expect(hedy.page.locator(".people").get_by_role("link", name="Hedy Lamarr")).to_have_attribute(
            "href", f"/u/{host_name}"
        )
        hedy.assert_content()
        guest.assert_content()


@pytest.mark.gen_test(timeout=60)
async def test_somebody_takes_their_data_along_and_is_erased(
    system: RunningSystem, rest: Rest, reporter: pytest.TerminalReporter
) -> None:
    name = await account(rest, "Radia Perlman")
    async with launched(reporter) as browser:
        radia = await Person.arrive(browser, system.url)
        await radia.sign_in(f"{name}@example.com", PASSWORD)
        await radia.goto("/me")
        async with radia.page.expect_download() as download:
            await radia.page.get_by_role("button", name="Download my data").click()
        assert (await download.value).suggested_filename == f"matinee-{name}.json"
        await radia.page.get_by_role("button", name="Delete my account").click()
        dialog = radia.page.get_by_role("dialog")
        await expect(dialog.get_by_role("button", name="Delete it for good")).to_be_disabled()
        await dialog.get_by_label(f"Type {name} to go on").fill(name)
        await dialog.get_by_label("Password").fill(PASSWORD)
        await dialog.get_by_role("button", name="Delete it for good").click()
        await radia.page.wait_for_url(system.url + "/")
        await expect(radia.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
        radia.assert_content()
