"""A party's emotes over REST."""

import pytest

from tests.api.client import Api, Person
from tests.api.test_parties import a_party

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_emotes_are_set_with_a_party_or_later_and_stand_for_emoji(api: Api, host: Person) -> None:
    party = await a_party(api, settings={"emotes": {"popcorn": "🍿"}})
    assert party["settings"]["emotes"] == {"popcorn": "🍿"}
    changed = await api.patch(f"/parties/{party['id']}", {"settings": {"emotes": {"wow": "🤯"}}})
    assert changed.body["settings"]["emotes"] == {"wow": "🤯"}
    wrong = {"emotes": {"wow": "https://example.com/wow.png"}}
    for refused in (
        await api.post("/parties", {"title": "Film night", "settings": wrong}),
        await api.patch(f"/parties/{party['id']}", {"settings": wrong}),
    ):
        assert refused.body["code"] == "invalid", refused
