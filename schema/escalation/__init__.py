"""Pages and escalation policies as clients see them."""
