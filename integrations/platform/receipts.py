"""The platform's receipts: who sent them is proven before a byte is believed. Pure."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.review.rules import enforcement_of
from domain.review.states import ReceiptState
from integrations.platform.signing import SIGNATURE, TIMESTAMP, is_genuine


class ReceiptUnreadable(Exception):
    """A genuine body that is no receipt, or one for no order of ours."""


class Receipt(BaseModel):
    """What became of an order. Hand it to ``domain.review.actions.record_receipt``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    state: ReceiptState
    receipt: str | None = Field(default=None, min_length=1, max_length=255)
    code: str | None = Field(default=None, max_length=255)
    external_id: str | None = Field(default=None, max_length=255)
    at: AwareDatetime | None = None

    @property
    def enforcement_id(self) -> UUID:
        """The enforcement the key names."""
        found = enforcement_of(self.key)
        if found is None:
            raise ReceiptUnreadable(self.key)
        return found

    @model_validator(mode="after")
    def _says_enough(self) -> "Receipt":
        if self.state is ReceiptState.APPLIED and self.receipt is None:
            message = "APPLIED needs a receipt."
            raise ValueError(message)
        return self


def is_from_platform(headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> bool:
    """Whether ``secret`` signed the body within five minutes of ``now``. ``headers`` must be looked up in any case, or
    be in small letters."""
    timestamp, given = (headers.get(name.lower()) for name in (TIMESTAMP, SIGNATURE))
    return is_genuine(secret, timestamp, given, body, now=now)


def read_receipt(body: bytes) -> Receipt:
    """The receipt in a genuine body; ReceiptUnreadable where it says too little or names no order of ours."""
    try:
        receipt = Receipt.model_validate_json(body)
    except ValidationError as error:
        raise ReceiptUnreadable(error.errors()[0]["msg"]) from error
    if enforcement_of(receipt.key) is None:
        message = f"{receipt.key[:80]} is no key of ours."
        raise ReceiptUnreadable(message)
    return receipt
