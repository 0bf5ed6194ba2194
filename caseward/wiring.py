"""Which projections run inside an action's transaction: the one place that joins capabilities that may not know
each other."""


def wire() -> None:
    """Called once by every process before it acts. Harmless to repeat."""
