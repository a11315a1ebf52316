from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from store.database import Store
from store.documents import User
from store.errors import AlreadyExists
from store.users import Standing, UserFilter
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]


def user(user_id: str = "u1", email: str = "Ann@Example.com", username: str = "Ann") -> User:
    return User(
        id=user_id,
        email=email,
        email_key=email.casefold(),
        username=username,
        username_key=username.casefold(),
        display_name=username,
        password_hash="$argon2id$",
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


@pytest.mark.gen_test
async def test_an_account_is_found_by_id_and_by_email_and_username_in_any_case(store: Store) -> None:
    await store.users.add(user())
    assert await store.users.by_id("u1") == user()
    assert await store.users.by_email("ANN@example.COM") == user()
    assert await store.users.by_username("aNN") == user()
    assert await store.users.by_ids(["u1", "u2"]) == [user()]
    assert await store.users.by_id("u2") is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("email", "username", "field"), [("ANN@example.com", "Bob", "email"), ("bob@example.com", "ANN", "username")]
)
async def test_a_taken_field_is_named(store: Store, email: str, username: str, field: str) -> None:
    await store.users.add(user())
    with pytest.raises(AlreadyExists) as refused:
        await store.users.add(user("u2", email, username))
    assert refused.value.field == field
    assert await store.users.by_id("u2") is None


@pytest.mark.gen_test
async def test_a_password_is_changed_only_from_what_its_changer_saw(store: Store) -> None:
    await store.users.add(user())
    assert await store.users.set_password_hash("u1", "second", instead_of="$argon2id$")
    assert await store.users.set_password_hash("u1", "second", instead_of="$argon2id$")  # the reply was lost
    assert not await store.users.set_password_hash("u1", "third", instead_of="$argon2id$")
    found = await store.users.by_id("u1")
    assert found is not None
    assert found.password_hash == "second"


@pytest.mark.gen_test
async def test_an_address_is_confirmed_while_it_is_the_accounts(store: Store) -> None:
    await store.users.add(user())
    assert not await store.users.confirm_email("u1", "old@example.com")
    assert await store.users.confirm_email("u1", "ann@example.com")
    found = await store.users.by_id("u1")
    assert found is not None
    assert found.verified


@pytest.mark.gen_test
async def test_password_role_and_verification_are_changed_one_by_one(store: Store) -> None:
    await store.users.add(user())
    assert await store.users.set_password_hash("u1", "other")
    assert await store.users.set_role("u1", "staff")
    assert await store.users.set_verified("u1")
    assert not await store.users.set_verified("u2")
    found = await store.users.by_id("u1")
    assert found is not None
    assert (found.password_hash, found.role, found.verified) == ("other", "staff", True)
    assert await store.users.staff() == [found]


@pytest.mark.gen_test
async def test_accounts_are_found_by_their_beginning_and_their_standing(store: Store) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for n, name in enumerate(("Ann", "anna", "Bob", "cat")):
        await store.users.add(user(f"u{n}", f"{name}{n}@example.com", name))
    later, before = now + timedelta(days=1), now - timedelta(days=1)
    await store.users.set_standing("u0", Standing(suspended=True, suspended_until=later))
    await store.users.set_standing("u1", Standing(suspended=True, suspended_until=before))
    await store.users.set_standing("u2", Standing(suspended=True, banned=True))

    async def names(**which: Any) -> list[str]:
        page = await store.users.page(UserFilter(**which), now, limit=9, cursor=None)
        return [one.id for one in page.items]

    assert await names(q="ANN") == ["u1", "u0"]
    assert await names(q="bob2@EX") == ["u2"]
    assert await names(q="nn") == []
    assert await names(state="suspended") == ["u0"]
    assert await names(state="banned") == ["u2"]
    assert await names(state="active") == ["u3", "u1"]
    assert await names(state="active", q="a", role="user") == ["u1"]
    assert [one.id async for one in store.users.each(UserFilter(role="user"), now)] == ["u0", "u1", "u2", "u3"]
    assert await store.users.set_standing("nobody", Standing()) is None


@pytest.mark.parametrize(
    ("until", "out"),
    [(None, True), (datetime(2026, 11, 24, tzinfo=UTC), True), (datetime(2026, 11, 23, tzinfo=UTC), False)],
)
def test_a_suspension_lasts_until_its_moment(until: datetime | None, out: bool) -> None:
    shut = structs.replace(user(), suspended=True, suspended_until=until)
    assert shut.shut_out(datetime(2026, 11, 23, tzinfo=UTC)) is out
    assert not user().shut_out(datetime(2026, 11, 23, tzinfo=UTC))
