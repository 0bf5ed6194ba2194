"""Finding contact methods."""

import strawberry

from schema import reads
from schema.notify.types import ContactMethod


@strawberry.type
class NotifyQueries:
    contact_methods: reads.Connection[ContactMethod] = reads.root_connection(
        ContactMethod, description="Your contact methods; everybody's with the permission people.manage."
    )
