"""Bodies, queries and replies. Validation and the OpenAPI document both come from these types."""
