"""Schedules and who is on call."""
