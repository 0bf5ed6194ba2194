"""The same decision for many cases at once: the rules of the single one, a few statements however many they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.cases import rules as case_rules
from domain.cases import verdicts
from domain.cases.many import Judged
from domain.cases.standing import Alike, Found, stand
from domain.cases.verdicts import About
from domain.core import content, effects, transaction
from domain.core.actor import Actor
from domain.core.content import ContentRef
from domain.core.errors import NotFound, Refusal
from domain.core.events import Entry, append_entries
from domain.core.ids import new_id
from domain.core.transaction import Ref
from domain.review import fold, rules
from domain.review.events import DecisionMade, EnforcementPlanned, PolicyRef
from domain.review.models import Decision, DecisionPolicy, Enforcement
from domain.review.policies import Measure, PolicyVersion
from domain.review.queries import policies_of
from domain.review.record import DISPATCH, ref
from domain.review.states import ApprovalNeed, Automation, DecisionKind

_STANDING = """
SELECT DISTINCT ON (case_id) case_id, id FROM decision WHERE case_id = ANY ($1::uuid[]) AND kind <> 'REQUEUE'
ORDER BY case_id, decided_at DESC, id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is decided of each case. ``actions`` None takes the policies' defaults. Not REQUEUE."""

    kind: DecisionKind
    reasoning: str
    policy_keys: Sequence[str] = ()
    actions: Sequence[Measure] | None = None
    private_note: str | None = None
    automation: Automation = Automation.NOT


@dataclass(frozen=True, slots=True)
class _Decided:
    """One case's decision about to be written, and what it enforces."""

    id: UUID
    case: Alike
    subject: About | None
    measures: Sequence[Measure]

    @property
    def case_id(self) -> UUID:
        return self.case.ids[0]


async def decide_all(
    case_ids: Sequence[UUID], verdict: Verdict, *, by: Actor, whole: bool = False, look_only: bool = False
) -> list[Judged]:
    """Decides each of the cases that allow it, in the transaction under way; the others are told why not.

    ``whole``: where one is refused, nothing is done at all. ``look_only`` says what would happen and changes nothing.
    """
    try:
        rules.ensure_may_decide(by)
        by.ensure("case.work")
    except Refusal as refusal:
        return [Judged(list(case_ids), refusal)]
    found = await stand(case_ids, by=by, look_only=look_only)
    doing, refused, policies = await _judge(found, verdict, by=by)
    ids = [one.case_id for one in doing]
    if look_only:
        return [*refused, Judged(ids, seqs=[0] * len(ids))]
    if not doing or (whole and refused):
        return [*refused, Judged(ids)]
    pairs = [(one.case, one.id) for one in doing]
    await verdicts.mark_decided(pairs, by=by, now=found.now)
    await _write(doing, verdict, policies, by=by)
    await verdicts.judge_signals(ids, by=by, outcome=rules.outcome_of(verdict.kind))
    enforced = {one.id: one for one in doing if one.measures and one.subject}
    followed = await verdicts.mark_followed(pairs, by=by, enforced=enforced, resolution=verdict.kind.value)
    if enforced:
        await _plan(list(enforced.values()), by=by)
    return [*refused, *(Judged(one.ids, seqs=one.seqs) for one in followed)]


async def _judge(
    found: Found, verdict: Verdict, *, by: Actor
) -> tuple[list[_Decided], list[Judged], list[PolicyVersion]]:
    """What is refused of a case comes before what is refused of the verdict, as for a single one."""
    cases = [case for alike in found.alike for case in alike.each()]
    subjects = await verdicts.subjects_of([case.ids[0] for case in cases])
    unsound, policies = None, list[PolicyVersion]()
    try:
        policies = await policies_of(verdict.policy_keys)
        rules.ensure_automation(by, verdict.automation, policies)
        rules.ensure_approved(verdict.kind, policies)
    except Refusal as refusal:
        unsound = refusal
    doing: list[_Decided] = []
    refused = [Judged([id], NotFound("case", id)) for id in found.missing]  # noqa: A001
    for case in cases:
        subject = subjects.get(case.ids[0])
        try:
            case_rules.ensure_can_decide(case.facts, by)
            if unsound is not None:
                raise unsound
            kind = subject.kind if subject else None
            measures = rules.measures_of(verdict.kind, policies, verdict.actions, subject=kind)
        except Refusal as refusal:
            refused.append(Judged(case.ids, refusal))
        else:
            doing.append(_Decided(new_id(), case, subject, measures))
    return doing, refused, policies


async def _write(doing: Sequence[_Decided], verdict: Verdict, policies: Sequence[PolicyVersion], *, by: Actor) -> None:
    rows = await transaction.current().connection.execute_query_dict(_STANDING, [[one.case_id for one in doing]])
    before = {row["case_id"]: row["id"] for row in rows}
    reasons = await _said(verdict.reasoning, len(doing), path="reasoning")
    notes = await _said(verdict.private_note, len(doing), path="privateNote") if verdict.private_note else None
    refs = tuple(PolicyRef(version_id=p.id, key=p.key, rev=p.rev) for p in policies)
    made = [
        DecisionMade(
            case_id=one.case_id,
            decision_kind=verdict.kind,
            policies=refs,
            reasoning=reasons[at],
            private_note=notes and notes[at],
            automation=verdict.automation,
            approval=ApprovalNeed.NOT_REQUIRED,
            person_id=by.person_id,
            override_of=before.get(one.case_id),
        )
        for at, one in enumerate(doing)
    ]
    entries = [Entry(Ref("decision", one.id), event) for one, event in zip(doing, made, strict=True)]
    recorded = await append_entries(entries, by=by)
    await Decision.bulk_create(
        [Decision(**fold.decision_row(event, entry)) for event, entry in zip(made, recorded, strict=True)]
    )
    if policies:
        await DecisionPolicy.bulk_create(
            [DecisionPolicy(decision_id=one.id, version_id=p.id, policy_key=p.key) for one in doing for p in policies]
        )


async def _said(text: str, number: int, *, path: str) -> list[ContentRef]:
    """The text so many times: each decision's own, so that one can be erased without the others."""
    digest = content.digest(content.checked(text, path=path))
    refs = [ContentRef(id=new_id(), digest=digest) for _ in range(number)]
    await content.keep([(ref, text, None) for ref in refs])
    return refs


async def _plan(enforced: Sequence[_Decided], *, by: Actor) -> None:
    """Writes enforcements down and has them sent."""
    entries = [
        Entry(
            ref(new_id()),
            EnforcementPlanned(
                decision_id=one.id,
                case_id=one.case_id,
                action=measure.action,
                subject_id=one.subject.id,
                lasting=measure.lasting,
            ),
        )
        for one in enforced
        if one.subject
        for measure in one.measures
    ]
    recorded = await append_entries(entries, by=by)
    planned = [
        Enforcement(id=entry.ref.id, **fold.changes(entry.event, told, {}))
        for entry, told in zip(entries, recorded, strict=True)
    ]
    await Enforcement.bulk_create(planned)
    await effects.plan_all(DISPATCH, [(row.key, ref(row.id), {"key": row.key}) for row in planned])
