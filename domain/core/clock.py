"""Time belongs to the database: what is due is decided by its clock alone."""

from datetime import datetime
from typing import cast

from tortoise import connections


async def now() -> datetime:
    """``app_clock()``: the instant of the database's statement, UTC. One round trip."""
    rows = await connections.get("default").execute_query_dict("SELECT app_clock() AS now")
    return cast("datetime", rows[0]["now"])
