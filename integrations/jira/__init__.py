"""Jira, Cloud and Data Center: the adapter of the mirror's `Tracker` port, and what reads its webhooks."""
