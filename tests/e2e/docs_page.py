"""The try-it-out page at /docs, as somebody uses it who reads what the API can do."""

import json
from typing import Any

from playwright.async_api import Locator, expect

from tests.e2e.chromium import Person


class DocsPage:
    def __init__(self, person: Person) -> None:
        self.person = person
        self._page = person.page

    async def open(self) -> None:
        await self.person.goto("/docs")
        await expect(self._page.locator(".opblock").first).to_be_visible()

    def operation(self, method: str, path: str) -> Locator:
        named = self._page.locator(f'[data-path="/api/v1{path}"]')
        return self._page.locator(f".opblock-{method.lower()}").filter(has=named)

    async def unfold(self, method: str, path: str) -> Locator:
        block = self.operation(method, path)
        if "is-open" not in (await block.get_attribute("class") or ""):
            await block.locator(".opblock-summary-control").click()
        await expect(block.get_by_role("button", name="Execute")).to_be_visible()
        return block

    async def execute(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Fill in the body, press Execute, and read the answer off the page."""
        block = await self.unfold(method, path)
        if body is not None:
            await block.locator("textarea.body-param__text").fill(json.dumps(body, indent=2))
        await block.get_by_role("button", name="Execute").click()
        answer = block.locator(".live-responses-table")
        await expect(answer).to_be_visible()
        status = int((await answer.locator("tr.response .response-col_status").first.inner_text()).split()[0])
        shown = answer.locator("tr.response .response-col_description .highlight-code pre").first
        text = await shown.inner_text() if status != 204 and await shown.count() else ""
        return status, json.loads(text) if text.startswith("{") else None

    async def example(self, method: str, path: str) -> dict[str, Any]:
        """Read the body that the page proposes."""
        block = await self.unfold(method, path)
        found: dict[str, Any] = json.loads(await block.locator("textarea.body-param__text").input_value())
        return found

    async def authorize(self, token: str) -> None:
        await self._page.locator(".btn.authorize").click()
        dialog = self._page.locator(".modal-ux")
        bearer = dialog.locator(".auth-container").filter(has_text="bearer (http, Bearer)")
        await bearer.locator("input").fill(token)
        await bearer.locator("button.authorize").click()
        await expect(bearer.get_by_role("button", name="Remove authorization")).to_be_visible()
        await dialog.locator(".close-modal").click()
