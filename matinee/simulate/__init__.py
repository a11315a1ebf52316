"""Bots that use Matinee as people do: REST and the real websocket, by a scenario that a seed decides."""
