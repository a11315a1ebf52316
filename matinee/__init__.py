"""The front door: the `matinee` command, the supervisor of its parts, and the one place that builds concrete things."""
