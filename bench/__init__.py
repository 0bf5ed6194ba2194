"""Measurements against something: a peer, a floor, or the plainest way to do the same. Each prints a small table."""
