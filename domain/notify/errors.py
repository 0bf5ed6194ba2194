"""What can be refused about contact methods."""

from domain.core.errors import Refused


class ContactDisabledAlready(Refused):
    """The contact method is out of use."""

    code = "CONTACT_DISABLED"

    def __init__(self) -> None:
        super().__init__("This contact method is disabled. Add the address again to use it.")
