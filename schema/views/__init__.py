"""Saved views as clients see them."""
