"""The demo's three accounts, and the password that opens them."""

import os
from pathlib import Path

import msgspec

from api.schemas.auth import Registration
from matinee.accounts import CommandLineAccounts, new_password, promote
from store.database import Store

FILE = "demo.txt"


class Person(msgspec.Struct, frozen=True):
    email: str
    username: str
    display_name: str
    staff: bool = False


STAFF = Person("staff@example.com", "staff", "Sam Staff", staff=True)
HOST = Person("host@example.com", "host", "Hanna Host")
VIEWER = Person("viewer@example.com", "viewer", "Vito Viewer")
PEOPLE = (STAFF, HOST, VIEWER)


def kept_password(data: Path) -> str:
    """Read the demo's password from `<data>/demo.txt`, made on the first start (mode 600)."""
    path = data / FILE
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(": ")
            if name == "password" and value.strip():
                return value.strip()
    password = new_password()
    text = "Accounts of the demo, all with this password:\n"
    text += "".join(f"  {person.email}\n" for person in PEOPLE)
    aside = path.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}password: {password}\n")
    aside.replace(path)
    return password


async def ensure(person: Person, *, store: Store, accounts: CommandLineAccounts, password: str) -> None:
    """Make the account where it is missing; give it the password again where it has another one."""
    user = await store.users.by_email(person.email)
    if user is None:
        asked = Registration(
            email=person.email,
            username=person.username,
            display_name=person.display_name,
            password=password,
            password_confirm=password,
        )
        await accounts.create(asked, staff=person.staff)
        return
    if not await accounts.has_password(user, password):
        await accounts.set_password(user, password)
    # A start that was cut off between two steps is taken up here.
    await store.users.set_verified(user.id)
    if person.staff and user.role != "staff":
        await promote(store, user)
