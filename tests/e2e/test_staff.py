"""Staff at work, in real browsers: whom they shut out is told so on the page that is open, and the desk shows what was done."""

import subprocess
import sys

import pytest
from playwright.async_api import expect

from matinee.simulate.rest import Rest
from tests.e2e.chromium import Person, launched
from tests.e2e.conftest import PASSWORD
from tests.e2e.test_people import account
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e


@pytest.mark.gen_test(timeout=60)
async def test_who_is_suspended_is_told_so_on_the_page_that_is_open(
    system: RunningSystem, rest: Rest, reporter: pytest.TerminalReporter
) -> None:
    staff_name, grace_name = await account(rest, "Sam Staff"), await account(rest, "Grace Hopper")
    promote = [sys.executable, "-m", "matinee", "admin", "promote", f"{staff_name}@example.com"]
    subprocess.run([*promote, "--data", str(system.data)], check=True, timeout=30, capture_output=True)  # noqa: ASYNC221
    async with launched(reporter) as browser:
        grace = await Person.arrive(browser, system.url)
        await grace.sign_in(f"{grace_name}@example.com", PASSWORD)
        await grace.goto("/me")
        await expect(grace.page.get_by_role("heading", name="Your account")).to_be_visible()
        await grace.goto("/admin")
        await expect(grace.page.get_by_text("For staff only")).to_be_visible()

        sam = await Person.arrive(browser, system.url)
        await sam.sign_in(f"{staff_name}@example.com", PASSWORD)
        await sam.page.get_by_role("link", name="Admin").click()
        await expect(sam.page.get_by_text("Parties on")).to_be_visible()
        await expect(sam.page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
        await expect(sam.page.get_by_text("Joins a minute")).to_be_visible()
        await sam.page.get_by_role("link", name="Users").click()
        await sam.page.get_by_label("Beginning of a username or address").fill(grace_name)
        await sam.page.get_by_role("button", name="Find").click()
        row = sam.page.get_by_role("row").filter(has_text=grace_name)
        await row.get_by_role("button", name="Suspend: Grace Hopper").click()
        await sam.page.get_by_label("Reason").fill("spoils every film")
        await sam.page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
        await expect(row.get_by_text("spoils every film")).to_be_visible()

        await expect(grace.page.get_by_role("alert").filter(has_text="Your account is shut")).to_be_visible(
            timeout=15_000
        )
        await sam.page.get_by_role("link", name="Audit log").click()
        await expect(sam.page.get_by_role("row").filter(has_text="user.suspend").first).to_be_visible()
        sam.assert_content()
