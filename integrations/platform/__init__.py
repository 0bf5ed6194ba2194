"""The platform that carries out enforcements: signed HTTP out, signed receipts in.

Out, every request is ``POST`` with a JSON body and these headers:

=========================  ==========================================================================
``X-Caseward-Timestamp``   seconds since 1970 at which the request was signed
``X-Caseward-Signature``   ``sha256=`` and the hexadecimal HMAC-SHA256 of ``<timestamp>.<body>``
``Idempotency-Key``        with orders: a repeated key is answered with what became of its first order
=========================  ==========================================================================

- ``{url}/enforcements`` takes an order: ``{"enforcement", "action", "subject": {"kind", "ref", "owner"}, "seconds",
  "policies"}``; ``seconds`` null means for good. Answers: 200 ``{"state": "APPLIED", "receipt", "at"}``; 202
  ``{"state": "ACCEPTED", "external_id"}``, the receipt follows; 409, 422 and other 4xx ``{"code"}``: refused for good;
  401, 403, 408, 425, 429 and 503: nothing was done, try later (``Retry-After`` in seconds); any other: unclear.
- ``{url}/enforcements/lookup`` takes ``{"key"}`` and answers 200 with ``state`` APPLIED, ACCEPTED, FAILED (``code``)
  or UNKNOWN.

In, the platform sends receipts signed the same way to ``POST /webhooks/platform``:
``{"key", "state": "APPLIED" | "FAILED", "receipt", "code", "external_id", "at"}``. It is to repeat one until it is
answered with 2xx; repeats are harmless.
"""

from integrations.platform.console import ConsoleEnforcer
from integrations.platform.enforcer import HttpEnforcer
from integrations.platform.receipts import Receipt, ReceiptUnreadable, is_from_platform, read_receipt

__all__ = [
    "ConsoleEnforcer",
    "HttpEnforcer",
    "Receipt",
    "ReceiptUnreadable",
    "is_from_platform",
    "read_receipt",
]
