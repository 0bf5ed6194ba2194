"""What can be refused about files."""

from domain.core.errors import Refused


class LinkInvalid(Refused):
    """A link to send a file to was not made here, or was altered."""

    code = "LINK_INVALID"

    def __init__(self) -> None:
        super().__init__("This link is not valid. Send the file to the url that createUpload gave you, unchanged.")


class LinkExpired(Refused):
    """A link to send a file to has run out."""

    code = "LINK_EXPIRED"

    def __init__(self) -> None:
        super().__init__("This link has run out. Ask for another with createUpload.")


class UploadTooLarge(Refused):
    """More was sent than was announced."""

    code = "UPLOAD_TOO_LARGE"

    def __init__(self, size: int) -> None:
        super().__init__(f"This file was announced with {size:,} bytes; more was sent. Nothing was kept.")


class UploadDiffers(Refused):
    """What was sent is not what was announced."""

    code = "UPLOAD_DIFFERS"

    def __init__(self) -> None:
        super().__init__("The bytes sent do not have the size and SHA-256 that were announced. Nothing was kept.")


class MediaTypeDiffers(Refused):
    """What was sent is of another type than was announced."""

    code = "MEDIA_TYPE_DIFFERS"

    def __init__(self, announced: str) -> None:
        super().__init__(
            f"This file was announced as {announced}: send it with that Content-Type, and only if it is one. Nothing"
            " was kept."
        )


class UploadNotReceived(Refused):
    """A file is to be used whose bytes have not come yet."""

    code = "UPLOAD_NOT_RECEIVED"
    retryable = True

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__("The bytes of this file have not come yet: send them to its url first.", path=path)


class FileAttachedAlready(Refused):
    """A file belongs to something already."""

    code = "FILE_ATTACHED"

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__(
            "This file belongs to something already, and belongs to one thing only. Announce it again: bytes that are"
            " known are kept once.",
            path=path,
        )


class TooManyUploads(Refused):
    """Somebody announced many files and attached none of them."""

    code = "TOO_MANY_UPLOADS"
    retryable = True

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} files that belong to nothing yet. Attach them, or wait a day: then they go.")


class FileErased(Refused):
    """The file was erased for good."""

    code = "FILE_ERASED"

    def __init__(self) -> None:
        super().__init__("This file was erased for good. What it belonged to still says that it was there.")


class RemarkNotYours(Refused):
    """Only who said something adds files to it."""

    code = "REMARK_NOT_YOURS"

    def __init__(self) -> None:
        super().__init__("Somebody else said this. Add your files to a remark of your own.")
