"""A made-up log with the columns of the one whose mapping ships with Caseward."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from caseward.replay import mapping as mappings

SHIPPED = Path(mappings.__file__).parent / "bpic2013.yaml"
COLUMNS = (
    "incident", "changed_at", "status", "sub_status", "support_level", "support_team", "organisation", "impact",
    "product", "country", "owner",
)  # fmt: skip
STEPS = (
    ("Accepted", "In Progress"),
    ("Accepted", "In Progress"),
    ("Queued", "Awaiting Assignment"),
    ("Accepted", "In Progress"),
    ("Accepted", "Wait - User"),
    ("Accepted", "Assigned"),
    ("Completed", "Resolved"),
    ("Accepted", "In Progress"),
    ("Completed", "Closed"),
)


def written(folder: Path, cases: int) -> Path:
    """Nine rows a case, teams, owners and priorities mixed; always the same for a number of cases."""
    chance = random.Random(7)
    path = folder / f"made-up-{cases}.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for number in range(cases):
            at = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(120 * 86_400))
            impact = chance.choice(("Low", "Medium", "Medium", "High", "Major"))
            product, country = f"PROD{chance.randrange(300)}", chance.choice(("se", "fr", "us"))
            for status, sub_status in STEPS:
                team, owner = f"V{chance.randrange(60)} 2nd", f"owner-{chance.randrange(400):04d}"
                row = (f"1-{number}", at.isoformat(), status, sub_status, "L2", team, "Org", impact, product, country)
                out.writerow((*row, owner))
                at += timedelta(seconds=chance.randrange(60, 200_000))
    return path
