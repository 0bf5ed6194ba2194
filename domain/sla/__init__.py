"""Policies, clocks and their verdicts."""
