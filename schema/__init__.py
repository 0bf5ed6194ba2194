"""The GraphQL contract. Translates, never decides."""
