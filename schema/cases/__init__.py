"""Subjects, signals, cases, queues and leases as clients see them."""
