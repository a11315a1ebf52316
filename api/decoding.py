"""From bytes to a checked body, from a query string to a checked query; every refusal names its place."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec

from api.problems import Fault, Problem

T = TypeVar("T")

_PLACE = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:unknown|missing required) field `([^`]*)`")


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decode_body(raw: bytes, kind: type[T]) -> T:
    """Decode a JSON body. An empty one counts as `{}`, so that a body without required fields may be left out.

    Raises `Problem` for everything that is not exactly a `kind`: broken JSON or UTF-8, lone surrogates, numbers out
    of range, NaN, unknown fields, nesting deeper than the decoder follows.
    """
    wanted: Any = kind
    try:
        body: T = _decoder(wanted).decode(raw or b"{}")
    except msgspec.ValidationError as error:
        raise _invalid(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("bad_json", _sentence(str(error))) from error
    except RecursionError as error:
        raise Problem("invalid", "Nested too deep.", errors=[Fault("$", "nested too deep")]) from error
    return body


def decode_query(arguments: Mapping[str, Sequence[str]], kind: type[T]) -> T:
    """Decode a query string that was parsed into lists; a name given twice is refused."""
    for name, values in arguments.items():
        if len(values) != 1:
            raise Problem("invalid", errors=[Fault(f"?{name}", "given more than once")])
    try:
        return msgspec.convert({name: values[0] for name, values in arguments.items()}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error, query=True) from error
    except UnicodeEncodeError as error:  # a lone surrogate where a number should be
        raise Problem("invalid", "The query holds what is no character.") from error


def _invalid(error: msgspec.ValidationError, *, query: bool = False) -> Problem:
    match = _PLACE.match(str(error))
    message, path = (match["message"], match["path"] or "$") if match else (str(error), "$")
    if named := _FIELD.search(message):
        path = f"{path}.{named[1]}"
    if query:
        path = path.replace("$.", "?").replace("$", "?")
    return Problem("invalid", _sentence(message), errors=[Fault(path, message)])


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def encode(body: Any) -> bytes:
    """Encode a reply; times come out as RFC 3339 in UTC."""
    return msgspec.json.encode(body)
