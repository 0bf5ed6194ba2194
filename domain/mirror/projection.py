"""From the log to what is still to be done: the mirror learns which cases changed and asks for operations."""

from domain.cases.filters import CASE
from domain.cases.models import Case, CaseComment
from domain.cases.states import CommentVisibility
from domain.core import gates, versions
from domain.core import predicates as p
from domain.core.actor import Origin, system
from domain.core.judging import holds
from domain.core.models import Event
from domain.core.transaction import Ref
from domain.core.versions import ConfigKind
from domain.mirror import links
from domain.mirror.deadlines import CLOCK, case_of
from domain.mirror.desired import desired
from domain.mirror.mapping import MirrorMapping
from domain.mirror.models import MirrorConnection, MirrorLink
from domain.mirror.remote import Field
from domain.mirror.states import MirrorLinkState, MirrorOperationKind
from domain.mirror.values import text

CONSUMER = "mirror"
SUBJECTS = ("case", CLOCK)


async def recompute(ref: Ref) -> None:
    """Asks for what one case, or the case of one clock, needs on every connection. Costs no write while a tracker shows
    the case as it is.
    """
    case_id = await case_of(ref.id) if ref.type == CLOCK else ref.id
    case = await Case.filter(id=case_id).first()
    if case is None or await gates.before(Ref("case", case.id)) is not None:
        return  # a case whose effects wait is looked at again once they may go
    for connection in await MirrorConnection.all().order_by("key"):
        version = await versions.latest(ConfigKind.MIRROR_MAPPING, connection.key)
        if version is not None:
            await _mirror(case, connection, MirrorMapping.model_validate(version.body))


async def _mirror(case: Case, connection: MirrorConnection, mapping: MirrorMapping) -> None:
    link = await MirrorLink.filter(case_id=case.id, connection_id=connection.id).first()
    if link is None:
        if not await takes(case, mapping):
            return
        link = await links.ensure_link(connection, case.id)
    if link.state in {MirrorLinkState.DETACHED, MirrorLinkState.REMOTE_GONE}:
        return
    if link.state is MirrorLinkState.LINKED and await _differs(link, mapping):
        await links.want_sync(link.id)
    if mapping.share_comments:
        await _share_comments(link, connection)


async def takes(case: Case, mapping: MirrorMapping) -> bool:
    """Whether the mapping mirrors the case. What was imported, and what is more sensitive than agreed, stays here."""
    if case.origin is not Origin.LIVE or case.sensitivity not in mapping.sensitivities:
        return False
    return await holds(p.parse(CASE, mapping.only), CASE, case.id, viewer=system())


async def _differs(link: MirrorLink, mapping: MirrorMapping) -> bool:
    """Whether ours moved since both sides agreed: what came from over there is agreed on already, so no echo."""
    wanted = await desired(link.case_id, mapping)
    base = await links.baseline(link.id)
    status = mapping.statuses.get(wanted.case.state)
    now = {name: text(value) for name, value in wanted.values.items()} | (
        {Field.STATUS: status} if status is not None else {}
    )
    return not base or any(name in base and base[name].ours != value for name, value in now.items())


async def _share_comments(link: MirrorLink, connection: MirrorConnection) -> None:
    """SHARED comments of the desk, in order; INTERNAL ones never leave, those from over there never go back."""
    shared = CaseComment.filter(case_id=link.case_id, visibility=CommentVisibility.SHARED).order_by("created_at", "id")
    for comment in await shared:
        if comment.source == connection.source or await _is_imported(comment):
            continue
        await links.want(
            link.id, MirrorOperationKind.COMMENT, key=f"comment:{link.id}:{comment.id}", comment_id=comment.id
        )


async def _is_imported(comment: CaseComment) -> bool:
    """History brought in from elsewhere is not told again."""
    if comment.source is None:
        return False
    return await Event.filter(
        source=comment.source, source_event_id=comment.source_event_id, origin=Origin.IMPORT
    ).exists()
