"""The REST interface: one route table, thin endpoints, services, OpenAPI."""
