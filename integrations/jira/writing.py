"""Sending field values so that one bad value does not keep the rest from arriving."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from domain.mirror.outcomes import Ok, Outcome, Rejected, RejectedBy
from domain.mirror.remote import Field, FieldValues
from integrations.jira.fields import Translator
from integrations.jira.gateway import JiraGateway
from integrations.jira.wiki import SUMMARY_LIMIT

ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """Jira's answer, and the fields it did not get."""

    answer: Any
    skipped: tuple[Field, ...]


@dataclass
class Writer:
    """Translates and sends. Tries again only after a refusal, when nothing can have been done.

    A refused optional field is left out; a text limit Jira names is kept for every later text.
    """

    gateway: JiraGateway
    translator: Translator

    async def send(
        self,
        method: Literal["POST", "PUT"],
        path: str,
        values: FieldValues,
        *,
        always: Mapping[str, Any],
        body: Mapping[str, Any],
        case_url: str | None,
    ) -> Outcome[Sent]:
        """`always` are fields in Jira's own form that go along, `body` what stands beside `fields`.

        Nothing is sent when no field is left; the answer is then None.
        """
        dropped: tuple[Field, ...] = ()
        outcome: Outcome[Sent] = Rejected(RejectedBy.INVALID)
        for _ in range(ATTEMPTS):
            kept = {name: value for name, value in values.items() if name not in dropped}
            encoded = self.translator.encode(kept, case_url=case_url)
            skipped = (*encoded.skipped, *dropped)
            fields = {**encoded.values, **always}
            if not fields:
                return Ok(Sent(None, skipped))
            answer = await self.gateway.call(method, path, body={**body, "fields": fields})
            if isinstance(answer, Ok):
                return Ok(Sent(answer.value, skipped))
            outcome = answer
            if not isinstance(answer, Rejected) or answer.reason is not RejectedBy.INVALID:
                return answer
            outcome = replace(answer, fields=self._ours(answer))
            learned, optional = self._learn(answer.text_limit), self._optional(answer)
            if not learned and not optional:
                return outcome
            dropped = (*dropped, *optional)
        return outcome

    def _learn(self, limit: int | None) -> bool:
        """Whether Jira named a limit below the one we kept to."""
        if limit is None or not SUMMARY_LIMIT < limit < self.translator.text_limit:
            return False
        self.translator = replace(self.translator, text_limit=limit)
        return True

    def _ours(self, refused: Rejected) -> tuple[Field, ...]:
        return tuple(ours for name in refused.field_errors if (ours := self.translator.field_of(name)) is not None)

    def _optional(self, refused: Rejected) -> tuple[Field, ...]:
        """The refused fields, if every one of them is optional."""
        rules = self.translator.mapping.fields
        named = self._ours(refused)
        if len(named) != len(refused.field_errors) or not all(rules[name].optional for name in named):
            return ()
        return named
