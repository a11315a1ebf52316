"""`GET /ws/me`: a person's own socket, on which they hear what they are told while they are not in a party."""
