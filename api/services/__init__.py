"""What the endpoints call: accounts, sessions, credentials, videos, parties, dashboards."""
