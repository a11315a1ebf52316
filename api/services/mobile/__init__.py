"""What an app on a phone asks for: its figures, one screen in one call, its devices, and what changed."""
