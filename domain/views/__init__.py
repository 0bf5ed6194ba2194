"""Saved views: a named filter with an order, of one person's or shared with a team."""
