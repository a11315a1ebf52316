"""What an app does with what sync tells it."""

from typing import Any

Things = dict[tuple[str, str], Any]


def apply(things: Things, items: list[dict[str, Any]]) -> None:
    for item in items:
        if item.get("gone"):
            things.pop((item["kind"], item["id"]), None)
        else:
            things[item["kind"], item["id"]] = item[item["kind"]]
