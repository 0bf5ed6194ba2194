"""What must be true afterwards, whatever happened. Each check names how much it looked at and what is wrong."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.load import Load, issues_of
from bench.chaos.quiet import rows, until_quiet
from domain.core.actor import Tool, system
from domain.core.verification import verify
from workers.rebuilding import CLOCKS, FOLDED, rebuild

BY = system(Tool.COMMAND_LINE)
PATIENCE = 60.0
"""Seconds until all is quiet again, if something came due meanwhile."""

EVENTS = {
    "fileSignal": ("SignalFiled",),
    "fileInquiry": ("InquiryFiled",),
    "convertInquiry": ("InquiryConverted",),
    "claimCase": ("CaseClaimed", "LeaseTaken"),
    "holdCase": ("CaseHeld",),
    "resumeCase": ("CaseResumed",),
    "releaseCase": ("CaseReleased",),
    "commentOnCase": ("CaseCommented",),
    "decideCase": ("DecisionMade",),
}
"""Which event each mutation leaves, one of them a time."""


@dataclass(slots=True)
class Check:
    """``looked_at`` things were looked at; ``wrong`` tells of those that are not as they should be."""

    title: str
    looked_at: int
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Books:
    """What the checks compare: the clients' own notes, the board of the platform, the mails."""

    load: Load
    orders: dict[str, Any]
    mails: Sequence[dict[str, Any]]
    issues: Sequence[dict[str, Any]]


async def log_is_sound(_: Books) -> Check:
    found = await verify(by=BY)
    wrong = [f"{each.check} {each.code} {each.ref} at {each.place}" for each in found.findings]
    return Check("log verify: hash chains, heads, positions, contents", found.counts["events"], wrong)


async def positions_are_gapless(_: Books) -> Check:
    (found,) = await rows(
        "SELECT count(*) AS n, count(DISTINCT position) AS d, coalesce(max(position), 0) AS last FROM event_position"
    )
    wrong = [] if found["n"] == found["d"] == found["last"] else [str(found)]
    return Check("positions are 1, 2, 3… without a gap", found["n"], wrong)


async def tables_equal_the_log(_: Books) -> Check:
    found = await rebuild(list(FOLDED), by=BY, check=True)
    return Check("rebuild --check: tables equal the log", sum(found.subjects.values()), _told(found))


async def clocks_equal_a_refold(_: Books) -> Check:
    for _attempt in range(3):  # a clock that falls due between the ticker's look and ours is folded a tick later
        found = await rebuild([CLOCKS], by=BY, check=True)
        if not any(found.totals.values()):
            break
    return Check("clocks and their verdicts equal a refold", found.subjects[CLOCKS], _told(found))


def _told(found: Any) -> list[str]:
    return [str(each) for each in found.differences] if any(found.totals.values()) else []


async def accepted_once(books: Books) -> Check:
    keys = {each.key for each in books.load.accepted}
    kept = await rows("SELECT key, count(*) AS n FROM idempotency_key WHERE outcome IS NOT NULL GROUP BY key")
    found = {row["key"]: row["n"] for row in kept}
    wrong = [f"{key}: accepted, kept {found.get(key, 0)} times" for key in sorted(keys) if found.get(key) != 1]
    wrong += [f"{key}: kept, but no client was told" for key in sorted(found.keys() - keys)]
    wrong += [f"never answered: {each}" for each in books.load.unanswered]
    return Check("every accepted mutation is there once, by its idempotency key", len(keys), wrong)


async def events_match_answers(books: Books) -> Check:
    told = Counter(each.field for each in books.load.accepted if each.field != "fileSignal" or each.text)
    counted = {
        row["kind"]: row["n"]
        for row in await rows("SELECT kind, count(*) AS n FROM event WHERE tool = 'GRAPHQL' GROUP BY kind")
    }
    wrong = []
    for name, kinds in EVENTS.items():
        in_log = sum(counted.get(kind, 0) for kind in kinds)
        if in_log != told[name]:
            wrong.append(f"{name}: clients were told {told[name]} times, the log has {in_log}")
    return Check("the log has as many events as clients were told of", sum(told.values()), wrong)


async def texts_once(books: Books) -> Check:
    """Signals by their key, inquiries by their foreign id, comments and decisions by a text of their own."""
    found = Counter(
        row["text"]
        for row in await rows(
            "SELECT s.dedupe_key AS text FROM signal s JOIN event e ON e.subject_type = 'signal'"
            " AND e.subject_id = s.id AND e.kind = 'SignalFiled'"
            " UNION ALL SELECT t.body FROM event e JOIN content t ON t.id = (e.payload->'body'->>'id')::uuid"
            " WHERE e.kind = 'CaseCommented' AND e.tool = 'GRAPHQL'"
            " UNION ALL SELECT t.body FROM event e JOIN content t ON t.id = (e.payload->'reasoning'->>'id')::uuid"
            " WHERE e.kind = 'DecisionMade'"
        )
    )
    wanted = [each.text for each in books.load.accepted if each.text and each.field != "fileInquiry"]
    wrong = [f"{text}: {found[text]} events" for text in wanted if found[text] != 1]
    wrong += [f"{text}: in the log, but no client was told" for text in found.keys() - set(wanted)]
    return Check("every signal, comment and decision is in the log once", len(wanted), wrong)


async def one_lease(_: Books) -> Check:
    found = await rows(
        'SELECT c.number, count(l.id) AS n FROM "case" c LEFT JOIN lease l ON l.case_id = c.id AND'
        " l.released_at IS NULL AND l.expires_at > app_clock() GROUP BY c.number"
    )
    return Check(
        "at most one living lease a case", len(found), [f"CASE-{r['number']}: {r['n']}" for r in found if r["n"] > 1]
    )


async def one_issue(books: Books) -> Check:
    links = await rows(
        'SELECT c.number, l.marker, l.remote_id, l.state FROM mirror_link l JOIN "case" c ON c.id = l.case_id'
    )
    labelled = Counter(label for issue in books.issues for label in issue["fields"].get("labels") or [])
    known = {issue["id"] for issue in books.issues}
    wrong = [f"CASE-{r['number']}: {labelled[r['marker']]} issues" for r in links if labelled[r["marker"]] != 1]
    wrong += [
        f"CASE-{r['number']}: {r['state']}" for r in links if r["state"] != "LINKED" or r["remote_id"] not in known
    ]
    if len(books.issues) != len(links):
        wrong.append(f"{len(books.issues)} issues for {len(links)} cases")
    return Check("one issue a marker, one linked issue a case", len(links), wrong)


async def comments_once(books: Books) -> Check:
    there = [comment["body"] for issue in books.issues for comment in issue["comments"]]
    here = [row["body"] for row in await rows("SELECT t.body FROM case_comment c JOIN content t ON t.id = c.body_id")]
    texts = [each.text for each in books.load.accepted if each.field == "commentOnCase" and each.text]
    shared = [text for text in texts if text.startswith("shared")]
    inner = [text for text in texts if text.startswith("internal")]
    wrong = _counted(shared, there, 1, "in Jira") + _counted(shared, here, 1, "at the desk")
    wrong += _counted(inner, there, 0, "in Jira") + _counted(books.load.from_jira, there, 1, "in Jira")
    wrong += _counted(books.load.from_jira, here, 1, "at the desk")
    texts += books.load.from_jira
    return Check("shared comments are on both sides once, internal ones only here", len(texts), wrong)


def _counted(texts: Sequence[str], bodies: Sequence[str], wanted: int, where: str) -> list[str]:
    wrong = []
    for text in texts:
        count = sum(text in (body or "") for body in bodies)
        if count != wanted:
            wrong.append(f"{text}: {count} times {where}")
    return wrong


async def enforced_once(books: Books) -> Check:
    found = await rows("SELECT key, state FROM enforcement")
    wrong = []
    for row in found:
        order = books.orders.get(row["key"], {"applied": 0})
        if row["state"] != "APPLIED" or order["applied"] != 1:
            wrong.append(f"{row['key']}: {row['state']} here, applied {order['applied']} times there")
    wrong += [f"{key}: ordered, but nobody decided it" for key in books.orders.keys() - {row["key"] for row in found}]
    return Check("every enforcement was applied at the platform once", len(found), wrong)


async def mailed_once(books: Books) -> Check:
    found = await rows(
        "SELECT n.batch, n.contact_id, n.urgency, n.provider_id, n.state, c.kind FROM notification n"
        " JOIN contact_method c ON c.id = n.contact_id WHERE c.kind = 'EMAIL'"
    )
    pairs = Counter((row["batch"], row["contact_id"]) for row in found)
    wrong = [f"{pair}: {count} notifications" for pair, count in pairs.items() if count > 1]
    urgency = {row["provider_id"]: row["urgency"] for row in found}
    mails = Counter(mail["messageId"] for mail in books.mails)
    sent = [row for row in found if row["provider_id"]]
    wrong += [f"{row['batch']}: accepted, no mail" for row in sent if not mails[row["provider_id"]]]
    wrong += [
        f"{key}: {n} mails, {urgency.get(key)}" for key, n in mails.items() if n > 1 and urgency.get(key) != "HIGH"
    ]
    wrong += [f"{key}: a mail nobody knows of" for key in mails if key not in urgency]
    again = sum(count - 1 for count in mails.values())
    return Check(f"a mail for each batch and address, once ({again} HIGH sent again)", len(found), wrong)


_SET_ASIDE = """
SELECT concat_ws(' ', 'parked:', consumer, subject_type, subject_id, error) AS told FROM parked_subject
UNION ALL SELECT concat_ws(' ', 'dead:', kind, key, error) FROM effect WHERE state = 'DEAD'
UNION ALL SELECT concat_ws(' ', 'timer set aside:', kind, error) FROM timer WHERE parked_at IS NOT NULL
UNION ALL SELECT concat_ws(' ', 'mirror:', kind, state, error) FROM mirror_operation WHERE state IN ('BLOCKED', 'DEAD')
"""


async def nothing_waits(_: Books) -> Check:
    left = await until_quiet(PATIENCE)  # checking takes its time, in which something may have come due
    wrong = [f"{name}: {count}" for name, count in left.items()]
    wrong += [row["told"] for row in await rows(_SET_ASIDE)]
    (effects,) = await rows("SELECT count(*) AS n FROM effect")
    return Check("no effect, timer, delivery or projection waits; nothing is parked or dead", effects["n"], wrong)


CHECKS: tuple[Callable[[Books], Awaitable[Check]], ...] = (
    log_is_sound, positions_are_gapless, tables_equal_the_log, clocks_equal_a_refold, accepted_once,
    events_match_answers, texts_once, one_lease, one_issue, comments_once, enforced_once, mailed_once, nothing_waits,
)  # fmt: skip


async def gather(load: Load) -> Books:
    """Reads the other side's books."""
    stage = load.ground.stage
    board = (await load.ground.http.get(f"{stage.platform}/board.json")).json()
    mails = (await load.ground.http.get(f"{stage.mail}/messages")).json()
    return Books(load=load, orders=board["orders"], mails=mails, issues=issues_of(stage.logs.parent))
