"""One module for each command of ``caseward``."""
