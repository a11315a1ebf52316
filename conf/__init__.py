"""The ground: settings, logs, metrics and the clock. Imports nothing else of ours."""
