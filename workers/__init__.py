"""Everything that runs without a user waiting."""
