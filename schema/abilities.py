"""What a viewer may do to a thing, told by the rules of its mutations before any of them is sent."""

from collections.abc import Iterable

import strawberry

from domain.core.errors import Refusal

_ACTIONS = {
    "a case": "CLAIM RELEASE ASSIGN HOLD ESCALATE RESUME QUEUE PRIORITIZE DECIDE RESOLVE REOPEN CANCEL COMMENT"
    " ADD_EVIDENCE",
    "an enforcement": "RETRY WAIVE",
    "an inquiry": "REPLY NOTE ASSIGN LINK CONVERT CLOSE",
    "a page": "ACKNOWLEDGE ESCALATE RESOLVE",
    "a batch": "CANCEL UNDO",
    "a mirror operation": "RETRY SKIP",
    "a mirror conflict": "RESOLVE",
    "a mirror connection": "PAUSE RESUME",
    "an override": "WITHDRAW",
    "a token": "ROTATE REVOKE CAP",
    "an account": "SUSPEND REINSTATE LIMIT_DOCUMENTS GRANT_ROLE WITHDRAW_ROLE",
    "a file": "HOLD RELEASE ERASE",
    "a contact method": "VERIFY DISABLE",
    "a saved view": "SAVE DELETE",
}


def _listed() -> str:
    return "; ".join(f"to {thing} {actions}" for thing, actions in _ACTIONS.items())


@strawberry.type(description="Why something is not possible now.")
class Reason:
    code: str = strawberry.field(description="Stable word for the situation, the same as the mutation's problem.")
    message: str = strawberry.field(description="What is wrong and what to do next, made for people.")


@strawberry.type(description="Something you might do, and whether you may.")
class Ability:
    action: str = strawberry.field(description=f"What: {_listed()}.")
    allowed: bool = strawberry.field(description="Whether the mutation would succeed now, given a sound input.")
    reasons: list[Reason] = strawberry.field(description="Why not; empty where it is allowed.")


def told(judged: Iterable[tuple[str, Refusal | None]]) -> list[Ability]:
    """Verdicts of the rules as clients see them."""
    return [
        Ability(
            action=action,
            allowed=refusal is None,
            reasons=[] if refusal is None else [Reason(code=refusal.code, message=refusal.message)],
        )
        for action, refusal in judged
    ]
