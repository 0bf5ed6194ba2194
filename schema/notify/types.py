"""Addresses of people, and what was sent to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.core.actor import Actor
from domain.notify import models, rules, visibility
from domain.notify.filters import CONTACT, NOTIFICATION
from domain.notify.states import ContactKind, NotificationState, Urgency
from schema import reads
from schema.abilities import Ability, told
from schema.enums import describe
from schema.people.types import Person

describe(ContactKind, EMAIL="Electronic mail.", CONSOLE="The terminal Caseward's workers write to.")
describe(Urgency, HIGH="Sent over every contact, rather twice than never.", LOW="Sent over one contact, never twice.")
describe(
    NotificationState,
    PENDING="Waits to be sent.",
    SENDING="Is being sent.",
    ACCEPTED="The provider took it.",
    DELIVERED="It arrived.",
    READ="It was read.",
    FAILED="It will never arrive.",
    CANCELLED="Nobody needed it any more; it was not sent.",
    UNKNOWN="It may have been sent; nobody can tell, and it is not sent again.",
)


def _of_contact(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.contact_abilities(UUID(row["person"]), viewer, disabled=row["disabled"]))


@reads.entity(
    models.ContactMethod,
    prefix="contact",
    filters=CONTACT,
    visible=visibility.CONTACTS,
    sorts=("position",),
    order="position",
)
class ContactMethod(reads.Node):
    """A way to reach a person; used once verified and until disabled."""

    person: Person | None = reads.reference("person_id", description="Whose it is.")
    kind: ContactKind = reads.column(description="Which way.")
    address: str = reads.column(description="Where to.")
    position: int = reads.column(description="Its place among theirs: the lowest is used first.")
    verified_at: datetime | None = reads.column(description="When somebody vouched for it; unused before.")
    disabled_at: datetime | None = reads.column(description="When it was taken out of use.")
    last_failure_at: datetime | None = reads.column(description="When a message to it last failed for good.")
    last_failure: str | None = reads.column(description="Why it did.")
    viewer_can: list[Ability] = reads.computed(
        needs={"person": "{row}.person_id", "disabled": "({row}.disabled_at IS NOT NULL)"},
        compute=_of_contact,
        description="What you may do to it now, and why not otherwise.",
    )


@reads.entity(
    models.Notification,
    prefix="notification",
    filters=NOTIFICATION,
    visible=visibility.NOTIFICATIONS,
    sorts=("created_at",),
    order="created_at",
)
class Notification(reads.Node):
    """One message to one address of one person."""

    person: Person | None = reads.reference("person_id", description="Who was to be told.")
    contact: ContactMethod | None = reads.reference(
        "contact_id", description="The address used; null unless it is yours or you manage people."
    )
    kind: ContactKind = reads.expression(
        "(SELECT c.kind FROM contact_method c WHERE c.id = {row}.contact_id)", description="Which way it took."
    )
    urgency: Urgency = reads.column(description="How it was sent.")
    state: NotificationState = reads.column(description="Where it stands.")
    attempts: int = reads.column(description="How often it was tried.")
    error: str | None = reads.column(description="What went wrong last.")
    created_at: datetime = reads.column(description="When it was asked for.")
    settled_at: datetime | None = reads.column(description="When it got its final state.")
