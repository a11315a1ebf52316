"""Notifications: what somebody is told, and by which ways it reaches them."""
