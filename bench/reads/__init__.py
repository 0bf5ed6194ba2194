"""Reading, side by side: one page of a queue by Caseward, PostGraphile, plain Strawberry and PostgreSQL's own JSON."""
