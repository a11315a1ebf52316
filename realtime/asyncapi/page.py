"""The tables of `docs/protocol.md`, from what the document is made of: `python -m realtime.asyncapi.page`."""

import re
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec import inspect as types

from realtime import errors, outgoing
from realtime.asyncapi.channels import PARTY, tag
from realtime.asyncapi.described import DESCRIBED, Described

PAGE = Path(__file__).parent.parent.parent / "docs" / "protocol.md"
MOST_WORDS = 6
"""A choice of more values is named by its field alone; the document has them."""
TO = "–"  # noqa: RUF001 - from here to there, as the pages write it
WHO = {"outsider": "anyone, before `hello` too", "guest": "anyone inside", "host": "the host"}


def commands_table() -> str:
    head = "| `t` | fields | who, by default | |\n|---|---|---|---|\n"
    rows = (
        f"| `{tag(kind)}` | {_fields(kind)} | {_who(DESCRIBED[tag(kind)])} | {DESCRIBED[tag(kind)].does} |\n"
        for kind in PARTY.hears
    )
    return head + "".join(rows)


def answers_table() -> str:
    return _said("answer", outgoing.ANSWERS)


def events_table() -> str:
    return _said("event", outgoing.EVENTS)


def fleeting_table() -> str:
    return _said("not numbered", outgoing.FLEETING)


def errors_table() -> str:
    rows = (f"| `{code}` | {each.meaning} | {'yes' if each.retry else ''} |\n" for code, each in errors.ERRORS.items())
    return "| code | meaning | may the same command succeed later |\n|---|---|---|\n" + "".join(rows)


def closes_table() -> str:
    rows = (f"| {code} | {each.meaning} | {'yes' if each.retry else ''} |\n" for code, each in errors.CLOSES.items())
    return "| close | meaning | come back |\n|---|---|---|\n" + "".join(rows)


TABLES = (commands_table, answers_table, events_table, fleeting_table, errors_table, closes_table)


def page(text: str) -> str:
    """Give the page with its tables as they are now; the rest of it stays."""
    for made in TABLES:
        table = made()
        head = "".join(table.splitlines(keepends=True)[:2])
        text = re.sub(re.escape(head) + r"(?:\|.*\n)*", lambda _old, table=table: table, text)  # type: ignore[misc]
    return text


def _said(name: str, kinds: tuple[type[Struct], ...]) -> str:
    rows = (f"| `{tag(kind)}` | {_fields(kind)} | {(kind.__doc__ or '').strip()} |\n" for kind in kinds)
    return f"| {name} | fields | |\n|---|---|---|\n" + "".join(rows)


def _who(about: Described) -> str:
    if about.also and about.least in WHO and about.least != "host":
        return about.also
    who = WHO.get(about.least, f"{about.least}s and above")
    if about.permission:
        who += f" (`{about.permission}`)"
    return f"{who}; {about.also}" if about.also else who


def _fields(kind: type[Struct]) -> str:
    info = types.type_info(kind)
    assert isinstance(info, types.StructType)
    common = {"id", "seq", "at_ms", "by"} if issubclass(kind, outgoing.events.EventFrame) else {"id"}
    own = [field for field in info.fields if field.encode_name not in common or (field.required and common == {"id"})]
    return ", ".join(_field(field) for field in own)


def _field(field: types.Field) -> str:
    words = "" if field.encode_name.endswith(("_id", "_to")) else _bounds(field.type)
    return f"`{field.encode_name}`{'' if field.required else '?'}{f' {words}' if words else ''}"


def _bounds(info: Any) -> str:
    """Say what a value is bound to, where that is worth a word."""
    match info:
        case types.UnionType():
            return next((words for each in info.types if (words := _bounds(each))), "")
        case types.LiteralType() if len(info.values) <= MOST_WORDS:
            return "·".join(str(value) for value in info.values)
        case types.StrType(min_length=least, max_length=most) if most is not None:
            return f"{least or 0}{TO}{most:,} characters"
        case types.ListType(min_length=least, max_length=most) if most is not None:
            return f"{least or 0}{TO}{most:,}"
        case types.IntType(ge=least, le=most) | types.FloatType(ge=least, le=most) if _small(most):
            return f"{least:g}{TO}{most:,}"
        case _:
            return ""


def _small(most: float | None) -> bool:
    return most is not None and most <= 1_000_000  # noqa: PLR2004 - what is beyond is bounded for safety alone


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
