"""The rows of the route table about the server itself."""

from api.access import PUBLIC
from api.handlers import health
from api.route import Route

HEALTH = (
    Route("GET", "/healthz", health.healthz, "Say that the process is alive.", access=PUBLIC, root=True),
    Route(
        "GET",
        "/readyz",
        health.readyz,
        "Say whether each thing that is needed answers, and how fast.",
        access=PUBLIC,
        also={503: "Not ready, or going away."},
        root=True,
    ),
    Route("GET", "/version", health.version, "Say which version this is.", access=PUBLIC, root=True),
    Route("GET", "/openapi.json", health.openapi, "Describe this interface as OpenAPI 3.1.", access=PUBLIC),
    Route("GET", "/asyncapi.json", health.asyncapi, "Describe the websockets as AsyncAPI 3.0.", access=PUBLIC),
)
