"""Decisions and the enforcements that follow from them."""
