"""The mirror into a tracker, as clients see it."""
