"""Scripts: one document sent once for every row of a file, as often as it takes and never twice."""
