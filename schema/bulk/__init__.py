"""Batches over cases as scripts see them."""
