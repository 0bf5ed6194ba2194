"""Everything that can be done to a case: bare verbs, each one transaction, permission first."""

from domain.cases.actions.evidence import add_evidence, attach
from domain.cases.actions.imports import bring_in, bring_on
from domain.cases.actions.intake import file_signal, open_case
from domain.cases.actions.leasing import claim, expire_lease, extend_lease, release, save_draft
from domain.cases.actions.moves import (
    cancel,
    close,
    end_hold,
    escalate,
    hold,
    mark_decided,
    mark_enforcing,
    mark_resolved,
    move,
    queue,
    reopen,
    resolve,
    resume,
)
from domain.cases.actions.particulars import assign, comment, prioritize
from domain.cases.actions.queues import define_queue
from domain.cases.actions.signals import judge_signals
from domain.cases.actions.subjects import report_subject

__all__ = [
    "add_evidence",
    "assign",
    "attach",
    "bring_in",
    "bring_on",
    "cancel",
    "claim",
    "close",
    "comment",
    "define_queue",
    "end_hold",
    "escalate",
    "expire_lease",
    "extend_lease",
    "file_signal",
    "hold",
    "judge_signals",
    "mark_decided",
    "mark_enforcing",
    "mark_resolved",
    "move",
    "open_case",
    "prioritize",
    "queue",
    "release",
    "reopen",
    "report_subject",
    "resolve",
    "resume",
    "save_draft",
]
