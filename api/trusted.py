"""Documents sent by their SHA-256: finding the text, and holding accounts to registered ones."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from prometheus_client import Counter

from api.metrics import REGISTRY
from api.negotiation import GraphQLRequest
from api.refusals import OperationRefused
from domain.core.content import digest
from domain.core.documents import text_of
from domain.people.states import DocumentMode

KEPT = 2000

SENT = Counter("caseward_documents", "GraphQL documents by how they were sent.", ["trusted"], registry=REGISTRY)


@dataclass(slots=True)
class Trusted:
    """The registered documents asked for of late. A SHA-256 stands for one text for ever: nothing goes stale."""

    _texts: OrderedDict[str, str] = field(default_factory=OrderedDict)

    async def resolved(self, asked: GraphQLRequest, mode: DocumentMode, *, demanded_by: str) -> GraphQLRequest:
        """The request with its text. What ``mode`` does not allow, or nobody registered, is refused with its code;
        ``demanded_by`` begins the sentence that says whose ``mode`` it is."""
        if asked.document is not None and asked.query and digest(asked.query) != asked.document:
            _refuse("DOCUMENT_MISMATCH", "The text's SHA-256 is not the one you sent. Send either, or what fits.")
        known = await self._known(asked, mode)
        SENT.labels("yes" if known else "no").inc()
        if known is not None:
            return replace(asked, query=known, trusted=True)
        if not asked.query:
            _refuse("PERSISTED_QUERY_NOT_FOUND", "No document of this SHA-256 is registered. Send its text.")
        if mode is DocumentMode.REQUIRED:
            _refuse("DOCUMENT_NOT_TRUSTED", f"{demanded_by} only runs registered documents. Have this one imported.")
        return asked

    async def _known(self, asked: GraphQLRequest, mode: DocumentMode) -> str | None:
        if asked.document is None and mode is DocumentMode.OPEN:
            return None
        mark = asked.document or digest(asked.query)
        found = self._texts.get(mark)
        if found is not None:
            self._texts.move_to_end(mark)
            return found
        found = await text_of(mark)
        if found is not None:
            self._texts[mark] = found
            if len(self._texts) > KEPT:
                self._texts.popitem(last=False)
        return found


def told(asked: GraphQLRequest, mode: DocumentMode) -> Mapping[str, Any]:
    """What an answer's extensions say of its document: only where registered ones are preferred and this is none."""
    if mode is DocumentMode.PREFER and not asked.trusted:
        return {"document": {"trusted": False, "sha256": digest(asked.query)}}
    return {}


def _refuse(code: str, message: str) -> NoReturn:
    raise OperationRefused([{"message": message, "extensions": {"code": code, "retryable": False}}])
