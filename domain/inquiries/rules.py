"""What may be done to an inquiry, and what it becomes. Values in, a refusal or an answer out."""

import re

from domain.core.actor import ActorKind
from domain.core.errors import FieldProblem
from domain.inquiries.errors import InquiryIsClosed
from domain.inquiries.states import InquiryState

_CHANNEL = re.compile(r"^[a-z][a-z0-9_-]{0,31}$")
_CODE = re.compile(r"^[A-Z][A-Z0-9_]{0,63}$")


def ensure_open(state: InquiryState) -> None:
    """Refuses to write into a conversation that is over."""
    if state is InquiryState.CLOSED:
        raise InquiryIsClosed


def after_reply(state: InquiryState, by_kind: ActorKind) -> InquiryState:
    """A person's reply passes the turn to the requester; a machine's leaves it: an automatic receipt is no answer."""
    return InquiryState.ANSWERED if by_kind is ActorKind.HUMAN else state


def problems(*, channel: str, external_id: str, language: str | None) -> list[FieldProblem]:
    """What is wrong with an inquiry as filed."""
    found = []
    if not _CHANNEL.match(channel):
        found.append(FieldProblem(("channel",), "INVALID", "Name the channel in small letters: email, web, chat, api."))
    if not external_id.strip() or len(external_id) > 255:
        found.append(FieldProblem(("externalId",), "INVALID", "Give the channel's own id of it, 1 to 255 characters."))
    if language is not None and not 2 <= len(language) <= 16:
        found.append(FieldProblem(("language",), "INVALID", "Give a language tag such as en or pt-BR."))
    return found


def is_code(text: str) -> bool:
    """Whether it can be a resolution: ANSWERED, NO_REPLY, SPAM."""
    return bool(_CODE.match(text))
