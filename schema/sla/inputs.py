"""What the mutations of policies and calendars take."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON


@strawberry.input(description="A version of a policy.")
class PublishSlaPolicyInput:
    key: str = strawberry.field(description="Which policy; an unknown key starts one.")
    spec: JSON = strawberry.field(
        description="kind, scope, position, and targets: metric, goal, calendar, start, stop, pause, cancel, reopen, "
        "thresholds."
    )
    note: str = strawberry.field(description="Why it is published.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; now unless given. A date before verdicts of its kind is refused."
    )


@strawberry.input(description="A version of a calendar.")
class PublishCalendarInput:
    key: str = strawberry.field(description="Which calendar; an unknown key starts one.")
    spec: JSON = strawberry.field(
        description="tz, weekly windows or 24x7, and exceptions; or union: a list of such calendars."
    )
    note: str = strawberry.field(description="Why it is published.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; now unless given. Only the first version may be dated back."
    )
