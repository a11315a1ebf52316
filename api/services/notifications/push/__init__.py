"""Web push: RFC 8030 (the push service), RFC 8291 (what only the browser can read) and RFC 8292 (who sends it)."""
