"""What happens to every request before and after its endpoint, one concern a file; `docs/middleware.md` is the list."""
