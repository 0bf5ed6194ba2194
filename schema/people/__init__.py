"""People, teams and accounts as clients see them."""
