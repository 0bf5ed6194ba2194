"""Subjects, signals, cases, queues and leases."""
