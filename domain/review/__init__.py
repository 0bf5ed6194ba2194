"""Content policies, decisions on cases, and the enforcements that carry decisions out."""
