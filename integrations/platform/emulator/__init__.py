"""A streaming platform on this machine: rooms with viewers, accounts, and orders that are carried out, refused, lost or
receipted late. Run it with ``python -m integrations.platform.emulator``."""

from integrations.platform.emulator.app import EmulatorOptions, create_emulator

__all__ = ["EmulatorOptions", "create_emulator"]
