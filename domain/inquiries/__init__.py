"""Conversations with requesters."""
