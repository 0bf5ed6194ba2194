"""GraphiQL at GET /graphql, with our examples, from this host alone."""
