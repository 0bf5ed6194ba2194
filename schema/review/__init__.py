"""Content policies, decisions and enforcements as clients see them."""
