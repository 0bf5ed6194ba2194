"""The mapping that fits the emulator's site, for the demo and for tests."""

from collections.abc import Mapping

from domain.mirror.remote import Field
from integrations.jira.emulator.site import ISSUE_TYPE, PROJECT
from integrations.jira.fields import Codec, FieldRule, JiraMapping

TO_DO, IN_PROGRESS, WAITING, ESCALATED, DONE, CANCELLED = "10000", "10001", "10002", "10003", "10004", "10005"


def emulator_mapping(people: Mapping[str, str] | None = None) -> JiraMapping:
    """`people`: our person id → the emulator's account id."""
    return JiraMapping(
        project=PROJECT["key"],
        issue_type=ISSUE_TYPE["id"],
        fields={
            Field.SUMMARY: FieldRule(remote="summary", codec=Codec.LINE),
            Field.DESCRIPTION: FieldRule(remote="description", codec=Codec.TEXT),
            Field.PRIORITY: FieldRule(remote="priority", codec=Codec.PRIORITY),
            Field.ASSIGNEE: FieldRule(remote="assignee", codec=Codec.PERSON, optional=True),
            Field.LABELS: FieldRule(remote="labels", codec=Codec.LABELS),
            Field.DUE: FieldRule(remote="customfield_10101", codec=Codec.MOMENT),
            Field.CLOCK_STATE: FieldRule(remote="customfield_10102", codec=Codec.OPTION, optional=True),
            Field.RANK: FieldRule(remote="customfield_10103", codec=Codec.NUMBER, optional=True),
            Field.POLICY: FieldRule(remote="customfield_10104", codec=Codec.LINE),
            Field.DECISION: FieldRule(remote="customfield_10105", codec=Codec.OPTION),
            Field.REASON: FieldRule(remote="customfield_10106", codec=Codec.TEXT),
        },
        priorities={"P1": "1", "P2": "2", "P3": "3", "P4": "4", "P5": "5"},
        people=dict(people or {}),
        statuses={
            **dict.fromkeys(("NEW", "TRIAGED", "QUEUED"), TO_DO),
            **dict.fromkeys(("IN_REVIEW", "PENDING_APPROVAL", "DECIDED", "ENFORCING"), IN_PROGRESS),
            "ON_HOLD": WAITING,
            "ESCALATED": ESCALATED,
            **dict.fromkeys(("RESOLVED", "CLOSED"), DONE),
            **dict.fromkeys(("CANCELLED", "MERGED"), CANCELLED),
        },
        states={
            TO_DO: "QUEUED",
            IN_PROGRESS: "IN_REVIEW",
            WAITING: "ON_HOLD",
            ESCALATED: "ESCALATED",
            DONE: "RESOLVED",
            CANCELLED: "CANCELLED",
        },
        workflow={
            TO_DO: (IN_PROGRESS, CANCELLED),
            IN_PROGRESS: (TO_DO, WAITING, ESCALATED, DONE, CANCELLED),
            WAITING: (IN_PROGRESS, CANCELLED),
            ESCALATED: (IN_PROGRESS, CANCELLED),
            DONE: (TO_DO, CANCELLED),
            CANCELLED: (TO_DO,),
        },
        screens={DONE: {"resolution": {"name": "Done"}}},
    )
