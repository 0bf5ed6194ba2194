"""Bringing the event log of another system in: a mapping says what its rows mean, the cases' own actions write them."""
