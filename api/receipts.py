"""The platform's receipts, taken at POST /webhooks/platform."""

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from api.refusals import refuse
from api.webhooks import Source, Verdict
from domain.core.actor import Tool, system
from domain.core.errors import Refusal
from domain.review import actions as review
from integrations.platform import ReceiptUnreadable, is_from_platform, read_receipt

log = structlog.get_logger(__name__)


def platform(secret: str) -> Source:
    """The source named ``platform``. A receipt is recorded at once, in one transaction; a repeat changes nothing.

    Answers 422 to what is no receipt, and 409 to one that contradicts what is settled or names nothing of ours.
    """

    def verify(body: bytes, headers: Mapping[str, str]) -> bool:
        return is_from_platform(headers, body, secret=secret, now=datetime.now(UTC))

    return Source(verify=verify, receive=_receive)


async def _receive(body: bytes, _headers: Mapping[str, str], _verdict: Verdict) -> None:
    try:
        receipt = read_receipt(body)
    except ReceiptUnreadable as error:
        refuse(422, "RECEIPT_UNREADABLE", str(error))
    try:
        await review.record_receipt(
            receipt.enforcement_id,
            by=system(Tool.PLATFORM),
            state=receipt.state,
            receipt=receipt.receipt,
            code=receipt.code,
            key=receipt.key,
            external_id=receipt.external_id,
            occurred_at=receipt.at,
        )
    except Refusal as refusal:
        log.warning("receipt_refused", key=receipt.key, code=refusal.code)
        refuse(409, refusal.code, refusal.message)
