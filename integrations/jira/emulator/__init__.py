"""A Jira to develop, demonstrate and test against: its protocol, its workflow, its webhooks, and its bad days.

It keeps its state in memory, optionally in a file, and is started as a process of its own.
"""

from integrations.jira.emulator.app import Emulator, EmulatorOptions, create_emulator

__all__ = ["Emulator", "EmulatorOptions", "create_emulator"]
