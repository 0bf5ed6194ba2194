"""Requests nobody would send on purpose, against the whole API on a real database."""
