"""Tortoise migrations, reversible, safe beside the running release."""
