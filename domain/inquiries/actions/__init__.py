"""Everything that can be done to an inquiry: bare verbs, each one transaction, permission first."""

from domain.inquiries.actions.attaching import attach
from domain.inquiries.actions.conversation import assign, close, note, receive_message, reply
from domain.inquiries.actions.filing import Filed, From, file
from domain.inquiries.actions.linking import convert, link, unlink

__all__ = [
    "Filed",
    "From",
    "assign",
    "attach",
    "close",
    "convert",
    "file",
    "link",
    "note",
    "receive_message",
    "reply",
    "unlink",
]
