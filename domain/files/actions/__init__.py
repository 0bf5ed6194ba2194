"""Everything that can be done with files: bare verbs, each one transaction, permission first."""

from domain.files.actions.attaching import add_evidence, attach_to_comment, attach_to_message
from domain.files.actions.keeping import erase, follow_erasure, hold, release
from domain.files.actions.uploading import announce, forget_unstored, forget_unused

__all__ = [
    "add_evidence",
    "announce",
    "attach_to_comment",
    "attach_to_message",
    "erase",
    "follow_erasure",
    "forget_unstored",
    "forget_unused",
    "hold",
    "release",
]
