"""Telling somebody something, once."""

import asyncio

import pytest

from api.services.all import Services
from api.services.notifications.notifier import Note
from store.database import Store
from store.documents import About
from tests.api.client import Person

pytestmark = pytest.mark.integration


def followed(user_id: str, key: str = "followed:ann") -> Note:
    return Note(user_id=user_id, kind="followed", by="ann", about=About(kind="user", id="ann"), key=key)


@pytest.mark.gen_test
async def test_of_a_hundred_who_tell_the_same_one_does(built: Services, store: Store, host: Person) -> None:
    told = await asyncio.gather(*(built.notifier.tell(followed(host.id)) for _ in range(100)))
    (notification,) = [one for one in told if one is not None]
    kept = await store.notifications.by_key(host.id, "followed:ann")
    assert kept is not None
    assert kept.id == notification.id


@pytest.mark.gen_test
async def test_the_same_key_reaches_two_people_and_one_person_two_keys(
    built: Services, host: Person, guest: Person
) -> None:
    notes = [followed(host.id), followed(guest.id), followed(host.id, "followed:bob")]
    told = [await built.notifier.tell(note) for note in notes]
    assert None not in told
    assert [await built.notifier.tell(note) for note in notes] == [None] * 3
