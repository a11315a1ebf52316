"""Endpoints: async functions that take an `Ask`, call one service and give back what is to be sent."""
