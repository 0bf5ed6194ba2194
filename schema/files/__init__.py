"""Files, and evidence of cases, as clients see them."""
