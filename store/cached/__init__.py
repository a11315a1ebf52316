"""What a node keeps in memory of what it has read: see `docs/caching.md`."""
