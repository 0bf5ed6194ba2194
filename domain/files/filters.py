"""What of files can be asked for."""

from domain.cases.filters import CASE
from domain.cases.states import EvidenceKind
from domain.core import predicates as p
from domain.inquiries.filters import MESSAGE

FILE = p.Entity(
    "file",
    table="file",
    fields=[
        p.ident("id", prefix="file"),
        p.ident("owner_id", prefix="principal"),
        p.text("subject_type", nullable=True),
        p.text("media_type"),
        p.moment("created_at"),
        p.moment("attached_at", nullable=True),
        p.flag("legal_hold"),
    ],
    relations=[
        p.to_one("case", lambda: CASE, column="subject_id"),
        p.to_one("message", lambda: MESSAGE, column="part_id"),
    ],
)

EVIDENCE = p.Entity(
    "evidence",
    table="evidence",
    fields=[
        p.ident("id", prefix="evidence"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.choice("kind", EvidenceKind),
        p.moment("captured_at"),
        p.moment("added_at"),
    ],
    relations=[p.to_one("case", lambda: CASE, column="case_id"), p.to_one("file", lambda: FILE, column="file_id")],
)
