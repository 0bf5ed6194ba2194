"""Trackers by connection: one per version of a mapping, kept, since each remembers the workflow it has seen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from domain.mirror.mapping import MirrorMapping
from domain.mirror.ports import Tracker
from domain.mirror.trackers import Route
from integrations.jira.fields import JiraMapping
from integrations.jira.gateway import JiraConnection, JiraGateway
from integrations.jira.tracker import JiraTracker
from integrations.settings import Settings

KIND = "jira"
SHARED = ("project", "statuses", "states", "priorities", "people")


class JiraTrackers:
    """Opens the Jiras there are credentials for, each by its address."""

    def __init__(self, connections: Sequence[JiraConnection] = ()) -> None:
        self._connections = {connection.base_url.rstrip("/"): connection for connection in connections}
        self._open: dict[str, tuple[tuple[UUID, timedelta], Tracker]] = {}

    def of(self, route: Route) -> Tracker | None:
        credentials = self._connections.get(route.base_url.rstrip("/"))
        if credentials is None or route.kind != KIND:
            return None
        known, tracker = self._open.get(route.connection, (None, None))
        if tracker is None or known != (route.version, route.ends_within):
            mapping = jira_mapping(route)
            bounded = credentials.model_copy(update={"ends_within": route.ends_within})
            tracker = JiraTracker(JiraGateway(bounded), mapping)
            self._open[route.connection] = ((route.version, route.ends_within), tracker)
        return tracker

    async def close(self) -> None:
        """Close idle sockets."""
        while self._open:
            _, (_, tracker) = self._open.popitem()
            await tracker.close()


def jira_mapping(route: Route) -> JiraMapping:
    """The mapping in Jira's terms. Raises `ValueError` where it is not one for a Jira."""
    spec = route.mapping.model_dump(mode="json", include=set(SHARED) - {"people"})
    return JiraMapping.model_validate({**route.mapping.tracker, **spec, "people": dict(route.people)})


def mirror_mapping(mapping: JiraMapping, **more: Any) -> MirrorMapping:
    """The other way round: a published body from a mapping written for Jira. ``more`` are the mirror's own settings."""
    dumped = mapping.model_dump(mode="json")
    shared = {name: dumped.pop(name) for name in SHARED}
    return MirrorMapping.model_validate({**shared, "tracker": dumped, **more})


def from_settings(settings: Settings) -> JiraTrackers:
    """The one Jira of the settings. Its host is allowed because whoever runs the process named it."""
    if settings.jira_url is None or settings.jira_token is None:
        return JiraTrackers()
    host = (urlsplit(settings.jira_url).hostname or "").lower()
    return JiraTrackers(
        [
            JiraConnection(
                base_url=settings.jira_url,
                kind=settings.jira_kind,
                user=settings.jira_email,
                token=settings.jira_token,
                allowed_hosts=frozenset({host}),
            )
        ]
    )
