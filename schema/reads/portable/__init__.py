"""The same reads again, slowly and obviously: rows are fetched by plain queries, judged and sorted in Python.

It shares with the compiler what is declared and how ids are read, and nothing of how an answer comes about: no
statement writing, no plans, none of the hooks into the libraries that an upgrade may move. Thus it can be served when
one has moved, and it is what the compiler is held against.
"""

from schema.reads.portable.extension import Portable

__all__ = ["Portable"]
