"""What of inquiries can be asked for."""

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.inquiries.states import CaseRelation, InquiryKind, InquiryState, MessageDirection
from domain.people.filters import PERSON, TEAM

INQUIRY: p.Entity = p.Entity(
    "inquiry",
    table="inquiry",
    fields=[
        p.ident("id", prefix="inquiry", key="INQ", keyed_in="inquiry"),
        p.integer("number"),
        p.choice("kind", InquiryKind),
        p.choice("state", InquiryState),
        p.text("channel"),
        p.text("external_id", description="By its source's own id of it."),
        p.ident("filed_by_id", prefix="principal", description="By the account that filed it."),
        p.ident("requester_id", prefix="requester", nullable=True),
        p.ident("team_id", prefix="team", nullable=True),
        p.ident("assignee_id", prefix="person", nullable=True),
        p.text("language", nullable=True),
        p.text("resolution", nullable=True),
        p.moment("opened_at"),
        p.moment("first_replied_at", nullable=True),
        p.moment("closed_at", nullable=True),
        p.moment("updated_at"),
        p.document(
            "text",
            key="INQ",
            keyed_in="inquiry",
            shown_if=p.holds("inquiry.read"),
            description="By the words of its title and of its messages, remarks among ourselves too: so nothing is"
            " found without the permission inquiry.read.",
        ),
    ],
    relations=[
        p.to_one("team", lambda: TEAM, column="team_id"),
        p.to_one("assignee", lambda: PERSON, column="assignee_id"),
        p.to_many("case_links", lambda: INQUIRY_CASE, column="inquiry_id"),
    ],
)

MESSAGE: p.Entity = p.Entity(
    "inquiry_message",
    table="inquiry_message",
    fields=[
        p.ident("id", prefix="message"),
        p.ident("inquiry_id", prefix="inquiry", key="INQ", keyed_in="inquiry"),
        p.choice("direction", MessageDirection),
        p.ident("author_id", prefix="principal", nullable=True),
        p.moment("sent_at"),
    ],
    relations=[p.to_one("inquiry", lambda: INQUIRY, column="inquiry_id")],
)

INQUIRY_CASE: p.Entity = p.Entity(
    "inquiry_case",
    table="inquiry_case",
    fields=[
        p.ident("id", prefix="inqcase"),
        p.ident("inquiry_id", prefix="inquiry", key="INQ", keyed_in="inquiry"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.choice("relation", CaseRelation),
        p.moment("linked_at"),
        p.moment("unlinked_at", nullable=True),
    ],
    relations=[
        p.to_one("inquiry", lambda: INQUIRY, column="inquiry_id"),
        p.to_one("case", lambda: CASE, column="case_id"),
    ],
)

REQUESTER = p.Entity(
    "requester",
    table="requester",
    fields=[p.ident("id", prefix="requester"), p.text("channel"), p.text("locale"), p.moment("created_at")],
)
