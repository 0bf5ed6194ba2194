"""Schedules and who is on call, as clients see them."""
