"""What each command causes: one module a family, all of the form `(state, command, context) -> list of events`."""
