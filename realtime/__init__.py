"""Parties: the party itself (pure), its live connections, and fan-out between nodes."""
