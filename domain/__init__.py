"""The business: capabilities, their rules, and the log they share."""
