"""What may be done to an inquiry, and what it becomes. Values in, a refusal or an answer out."""

import re
from collections.abc import Callable, Iterator

from domain.core.actor import Actor, ActorKind
from domain.core.errors import FieldProblem, Refusal
from domain.core.texts import language_problems
from domain.inquiries.errors import InquiryIsClosed
from domain.inquiries.states import InquiryState

LOCALE = ("requester", "locale")
_CHANNEL = re.compile(r"^[a-z][a-z0-9_-]{0,31}$")


def ensure_can_reply(state: InquiryState, by: Actor) -> None:
    """Refuses to write into a conversation that is over."""
    by.ensure("inquiry.answer")
    if state is InquiryState.CLOSED:
        raise InquiryIsClosed


def ensure_can_tend(_state: InquiryState, by: Actor) -> None:
    """Notes, links, assignments and closing are harmless at any time."""
    by.ensure("inquiry.answer")


def ensure_can_convert(_state: InquiryState, by: Actor) -> None:
    by.ensure("inquiry.answer")
    by.ensure("case.open")


ABILITIES: dict[str, Callable[[InquiryState, Actor], None]] = {
    "REPLY": ensure_can_reply,
    "NOTE": ensure_can_tend,
    "ASSIGN": ensure_can_tend,
    "LINK": ensure_can_tend,
    "CONVERT": ensure_can_convert,
    "CLOSE": ensure_can_tend,
}


def abilities(state: InquiryState, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal it would meet now; None where it may happen."""
    for action, ensure in ABILITIES.items():
        try:
            ensure(state, by)
        except Refusal as refusal:
            yield action, refusal
        else:
            yield action, None


def after_reply(state: InquiryState, by_kind: ActorKind) -> InquiryState:
    """A person's reply passes the turn to the requester; a machine's leaves it: an automatic receipt is no answer."""
    return InquiryState.ANSWERED if by_kind is ActorKind.HUMAN else state


def problems(*, channel: str, external_id: str, language: str | None, locale: str | None = None) -> list[FieldProblem]:
    """What is wrong with an inquiry as filed."""
    found = []
    if not _CHANNEL.match(channel):
        found.append(FieldProblem(("channel",), "INVALID", "Name the channel in small letters: email, web, chat, api."))
    if not external_id.strip() or len(external_id) > 255:
        found.append(FieldProblem(("externalId",), "INVALID", "Give the channel's own id of it, 1 to 255 characters."))
    return [*found, *language_problems(language, path=("language",)), *language_problems(locale, path=LOCALE)]
