"""How people are reached, as clients see it."""
