"""Dashboards: published rows, put together by the metrics dictionary. Nothing is computed from events here."""
