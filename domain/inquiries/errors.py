"""What can be refused about inquiries."""

from domain.core.errors import Refused


class InquiryIsClosed(Refused):
    """A closed conversation is opened again by the requester only."""

    code = "INQUIRY_IS_CLOSED"

    def __init__(self) -> None:
        super().__init__("This inquiry is closed. A new message from the requester opens it again.")
