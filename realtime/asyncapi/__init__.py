"""The AsyncAPI 3.0 document of both sockets, made from the types that the server decodes with and those of what it says."""

from typing import Any

import msgspec

from realtime import errors
from realtime.asyncapi.channels import ME, PARTY, Channel
from realtime.asyncapi.messages import answers_to, from_client, from_server, plain
from realtime.protocol import HEARTBEAT_MS, MAX_FRAME_BYTES, SUBPROTOCOL

Schema = dict[str, Any]

ABOUT = f"""\
Watch parties over websockets: text frames, one JSON object each, of at most {MAX_FRAME_BYTES} bytes from the client. `t` is the type of a frame.

The first frame is `hello`, with the credential, within 5 seconds. A command may carry an `id` of the client's own: its answer, `ok` or
`error`, repeats it, and the same id sent twice has effect once. Numbered events are applied only in the order of their `seq`; after a gap
`resync` asks for what is missing. Which codes are worth a retry, and after which closes to come back, is in `x-error-codes` and `x-close-codes`.
"""


def document(*, version: str) -> Schema:
    """Describe both sockets. Pure: the same types give the same document."""
    channels = (PARTY, ME)
    messages, schemas = _messages(channels)
    found: Schema = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Matinee",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {name: _server(name) for name in ("ws", "wss")},
        "channels": {channel.name: _channel(channel) for channel in channels},
        "operations": {name: each for channel in channels for name, each in _operations(channel).items()},
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "hello": {
                    "type": "apiKey",
                    "in": "password",
                    "description": "Goes into `hello`, never into the address: `token`, an access token of REST's `POST /auth/login`, or `ticket`, "
                    "which `POST /auth/ticket` gives, good once and for 30 s. A party's socket takes a `guest`'s name in their place.",
                }
            },
        },
        "x-subprotocol": SUBPROTOCOL,
        "x-heartbeat-ms": HEARTBEAT_MS,
        "x-error-codes": {code: each._asdict() for code, each in errors.ERRORS.items()},
        "x-close-codes": {str(code): each._asdict() for code, each in errors.CLOSES.items()},
    }
    decoded: Schema = msgspec.json.decode(msgspec.json.encode(found))  # defaults of the types may be tuples
    return decoded


def _server(protocol: str) -> Schema:
    return {
        "host": "{host}",
        "protocol": protocol,
        "variables": {"host": {"default": "127.0.0.1:8888", "description": "Where Matinee answers."}},
        "security": [{"$ref": "#/components/securitySchemes/hello"}],
    }


def _messages(channels: tuple[Channel, ...]) -> tuple[Schema, Schema]:
    made: Schema = {}
    for channel in channels:
        made |= {channel.key("client", kind): from_client(kind) for kind in channel.hears}
        made |= {channel.key("server", kind): from_server(kind) for kind in channel.says}
    return made, plain([kind for channel in channels for kind in (*channel.hears, *channel.says)])


def _channel(channel: Channel) -> Schema:
    names = [*(channel.key("client", kind) for kind in channel.hears)]
    names += [channel.key("server", kind) for kind in channel.says]
    wanted = {"Sec-WebSocket-Protocol": {"type": "string", "const": SUBPROTOCOL}}
    headers = {"type": "object", "properties": wanted, "required": list(wanted)}
    described: Schema = {
        "address": channel.address,
        "title": channel.title,
        "description": channel.description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }
    if channel.parameters:
        described["parameters"] = {name: {"description": text} for name, text in channel.parameters.items()}
    return described


def _operations(channel: Channel) -> Schema:
    """Give each frame an operation: the server receives what clients ask, and sends what it says by itself."""
    place = {"$ref": f"#/channels/{channel.name}"}
    found: Schema = {}

    def of(key: str) -> Schema:
        return {"$ref": f"#/channels/{channel.name}/messages/{key}"}

    for kind in channel.hears:
        key = channel.key("client", kind)
        found[key] = {"action": "receive", "channel": place, "messages": [of(key)]}
        if replies := [each for each in channel.says if each in answers_to(kind, channel.says)]:
            found[key]["reply"] = {
                "channel": place,
                "messages": [of(channel.key("server", each)) for each in replies],
            }
    for kind in channel.says:
        key = channel.key("server", kind)
        found[key] = {"action": "send", "channel": place, "messages": [of(key)]}
    return found
