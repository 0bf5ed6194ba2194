"""Carrying messages to people: by mail, or to the terminal where no mail server is set."""

from integrations.notify.board import NotifierBoard
from integrations.notify.console import ConsoleNotifier
from integrations.notify.email import EmailNotifier

__all__ = ["ConsoleNotifier", "EmailNotifier", "NotifierBoard"]
