"""Reaching a person: contact methods, notifications and their receipts."""
