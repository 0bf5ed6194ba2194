"""Python imports this by itself where its folder is on PYTHONPATH: the host's clock is ``CHAOS_SKEW`` seconds wrong.

Children inherit it. ``time.time`` is wrong, by which arq says when a job is due and whether it is; ids are made of it
too. The monotonic clock is right, as on a host.
"""

import os
import time

_SKEW = int(os.environ["CHAOS_SKEW"])
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + _SKEW
time.time_ns = lambda: _time_ns() + _SKEW * 1_000_000_000
