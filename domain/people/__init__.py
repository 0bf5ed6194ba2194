"""People, teams, roles, principals and their tokens."""
