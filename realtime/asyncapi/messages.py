"""One frame as a message of the document, and the schemas that it stands on."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec import inspect as types

from realtime.asyncapi.channels import tag
from realtime.asyncapi.described import DESCRIBED
from realtime.outgoing import answers
from realtime.protocol import Hello

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"


def from_client(kind: type[Struct]) -> Schema:
    """Describe a frame that clients send."""
    about = DESCRIBED[tag(kind)]
    access = {"least": about.least, "permission": about.permission, "also": about.also or None}
    return {
        "name": tag(kind),
        "title": tag(kind),
        "summary": about.does,
        "payload": {"$ref": REF.format(name=kind.__name__)},
        "examples": [
            {"name": f"{tag(kind)}-{n}", "payload": {"t": tag(kind), "id": f"c{n}", **example}}
            for n, example in enumerate(about.examples, 1)
        ],
        "x-access": {name: value for name, value in access.items() if value is not None},
        "x-causes": list(about.causes),
    }


def from_server(kind: type[Struct]) -> Schema:
    """Describe a frame that the server sends."""
    return {
        "name": tag(kind),
        "title": tag(kind),
        "summary": inspect.getdoc(kind),
        "payload": {"$ref": REF.format(name=kind.__name__)},
    }


def answers_to(kind: type[Struct], says: Iterable[type[Struct]]) -> set[type[Struct]]:
    """Say which of the server's frames answer one of the client's."""
    wanted = DESCRIBED[tag(kind)].answer
    if wanted is None:
        return set()
    found = {each for each in says if tag(each) == wanted} | {answers.Error}
    return found | ({answers.Outside} if issubclass(kind, Hello) else set())


def plain(kinds: Iterable[type[Struct]]) -> Schema:
    """Make the schemas of frames and of all that stands in them, by name, as AsyncAPI has them."""
    kinds = list(dict.fromkeys(kinds))
    _, found = msgspec.json.schema_components(kinds, ref_template=REF)
    for each in _structs(types.multi_type_info(kinds)):
        if not each.forbid_unknown_fields:  # what we say: all of it is always there, but for what is unset
            needed = [field.encode_name for field in each.fields if not _may_be_unset(field)]
            head = [str(each.tag_field)] if each.tag_field else []
            found[each.cls.__name__]["required"] = head + needed
    decoded: Schema = {name: _portable(schema) for name, schema in found.items()}
    return decoded


def _may_be_unset(field: types.Field) -> bool:
    return not field.required and field.default is NODEFAULT and field.default_factory is NODEFAULT


def _structs(roots: Iterable[types.Type]) -> list[types.StructType]:
    """Find every struct that the types stand on."""
    found: dict[type, types.StructType] = {}

    def walk(info: Any) -> None:
        if isinstance(info, types.StructType):
            if info.cls in found:
                return
            found[info.cls] = info
            for each in info.fields:
                walk(each.type)
        elif isinstance(info, types.Type):
            for part in (getattr(info, name) for name in info.__struct_fields__):
                for each in part if isinstance(part, tuple) else (part,):
                    walk(each)

    for root in roots:
        walk(root)
    return list(found.values())


def _portable(schema: Any) -> Any:
    """Say it in the dialect of AsyncAPI: patterns as ECMAScript has them, no `discriminator` (there it is a name alone)."""
    if isinstance(schema, list):
        return [_portable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _portable(value) for name, value in schema.items() if name != "discriminator" or "mapping" not in value
    }
    if isinstance(kept.get("pattern"), str):
        kept["pattern"] = kept["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
    return kept
