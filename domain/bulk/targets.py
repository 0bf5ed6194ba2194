"""What a batch puts its cases to: looked up once, refused as the single actions refuse it."""

from uuid import UUID

from domain.cases import steps
from domain.cases.models import Queue
from domain.core.errors import NotFound
from domain.people.models import Person


async def into_queue(queue_id: UUID) -> steps.Queue:
    """Into a queue in use; NOT_FOUND otherwise."""
    queue = await Queue.filter(id=queue_id, active=True).first()
    if queue is None:
        raise NotFound("queue", queue_id, path=("queueId",))
    return steps.Queue(queue_id=queue.id, team_id=queue.team_id)


async def to_person(person_id: UUID | None) -> steps.Assign:
    """To somebody who works here, or to nobody; NOT_FOUND otherwise."""
    if person_id is not None and not await Person.exists(id=person_id, active=True):
        raise NotFound("person", person_id, path=("assigneeId",))
    return steps.Assign(assignee_id=person_id)
