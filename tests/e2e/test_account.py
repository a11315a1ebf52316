"""The way of a new person through their mails, in a real browser; the mails are the files that a newcomer finds."""

import asyncio
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.chromium import Person, launched
from tests.e2e.test_journey import register
from tests.fakes.smtp import link_in
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e

NEW = "a seat in the last row"


async def arrived(folder: Path, address: str, subject: str) -> EmailMessage:
    """Wait for the mail to an address; the sender writes it a moment after it was asked for."""
    deadline = asyncio.get_running_loop().time() + 10
    while True:
        for file in sorted(folder.glob("*.eml"), reverse=True):  # noqa: ASYNC240 - a few small files on our own disk
            found = email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)
            if found["To"] == address and found["Subject"].startswith(subject):
                return found
        assert asyncio.get_running_loop().time() < deadline, f"no mail to {address}: {subject}"
        await asyncio.sleep(0.05)


@pytest.mark.gen_test(timeout=60)
async def test_an_address_is_confirmed_and_a_forgotten_password_replaced(
    system: RunningSystem, reporter: pytest.TerminalReporter
) -> None:
    folder = system.data / "mail"
    async with launched(reporter) as browser:
        ada = await Person.arrive(browser, system.url)
        page = ada.page
        await register(ada)
        hint = page.get_by_text("Confirm your address: a link was sent to")
        await expect(hint).to_be_visible()
        address = ((await hint.text_content()) or "").rstrip(".").rpartition(" ")[2]

        await page.goto(link_in(await arrived(folder, address, "Confirm your e-mail address")))
        assert "token" not in page.url
        await page.get_by_role("button", name="Confirm the address").click()
        await expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
        await page.get_by_role("link", name="To the lobby").click()
        await expect(page.get_by_role("button", name="Start a party")).to_be_visible()
        await expect(hint).to_have_count(0)

        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("link", name="Sign in", exact=True).click()
        await page.get_by_role("link", name="Forgot your password?").click()
        await page.get_by_label("E-mail").fill(address)
        await page.get_by_role("button", name="Send the link").click()
        await expect(page.get_by_text("Look into your mail")).to_be_visible()
        await page.goto(link_in(await arrived(folder, address, "Choose a new password")))
        await page.get_by_label("New password", exact=True).fill(NEW)
        await page.get_by_label("New password again").fill(NEW)
        await page.get_by_role("button", name="Change the password").click()
        await expect(page.get_by_role("heading", name="Changed")).to_be_visible()
        await ada.sign_in(address, NEW)
        await expect(page.get_by_role("button", name="Start a party")).to_be_visible()
        await arrived(folder, address, "Your password was changed")
        ada.assert_content()
