"""`docs/reference/errors.md`: every code a client or an operator may meet."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from caseward.reference.pages import capability, loaded, page, said, subclasses, table
from caseward.stack import StackError
from domain.core.errors import Refusal

INTRODUCTION = """\
A code is a stable word for programs; the message beside it is for people and says what to do next. A mutation answers
with a `Problem` in its payload. A query, and whatever goes wrong before anything runs, has the code in
`errors[].extensions.code`. Where nothing else is said, nothing was changed."""

WRONG_FIELD = """\
The codes inside `VALIDATION_FAILED`, each with the path of its field from the input on.

A text that is no id of what is meant (`zzz`, `QUEUE-1`, the id of another kind of thing) is `INVALID_ID`, wherever it
stands, filters included: in the answer of a mutation the code of a field, in a query or a subscription the error's own,
with `argumentPath`. An id that could be one and is nobody's, or of something you may not see, is `NOT_FOUND` where
something is to be done with it or followed, null where it is read, and finds nothing in a filter. `INVALID_ORDER` comes
by the same doors."""

REQUEST: Mapping[str, str] = {
    "BAD_REQUEST": "HTTP 400. The body is no JSON object with a query. Read the message and send it again.",
    "BUDGET_SPENT": "HTTP 429. Your budget is spent. Send it again after `Retry-After` seconds, or ask for less.",
    "DOCUMENT_MISMATCH": "The document is not the one its SHA-256 says. Send either, or both as they belong together.",
    "DOCUMENT_NOT_TRUSTED": "Your token, your account or the installation only runs registered documents. Have it"
    " imported: `caseward documents import`.",
    "FILE_LOST": "HTTP 404. The store no longer has the bytes of this file; the log says so as `blob_missing`.",
    "HTTP_ERROR": "Another refusal of HTTP itself. Its status says which.",
    "INTERNAL": "HTTP 500, or one field of an answer. Our mistake: report the `errorId`, under which it is in the log.",
    "INVALID_DOCUMENT": "The document does not fit the schema. `locations` says where.",
    "INVALID_REQUEST": "A variable does not fit its type.",
    "INVALID_VALUE": "A value in the document cannot be what the field needs.",
    "METHOD_NOT_ALLOWED": "HTTP 405. `Allow` says which method it takes; a mutation needs POST.",
    "NOT_ACCEPTABLE": "HTTP 406. We cannot answer in any form named in `Accept`.",
    "NOT_FOUND": "HTTP 404. There is nothing at this address.",
    "ORIGIN_REFUSED": "HTTP 403. A browser sent a session's cookie for a page of an origin that is not allowed.",
    "PERSISTED_QUERY_NOT_FOUND": "No document of this SHA-256 is registered. Send its text, or import the manifest.",
    "RANGE_NOT_THERE": "HTTP 416. The file has nothing of the part asked for. `Content-Range` says how long it is.",
    "RECEIPT_UNREADABLE": "HTTP 422. A platform's receipt is signed but is no receipt.",
    "SIGNATURE_INVALID": "HTTP 401. A webhook's signature does not fit its body: check the secret on both sides.",
    "SIGN_IN_FAILED": "HTTP 401. The identity provider did not vouch for the person. Begin again at `/auth/login`.",
    "SIGN_IN_STALE": "HTTP 400. The sign-in is older than ten minutes or another browser's. Begin again.",
    "STORE_UNAVAILABLE": "HTTP 503. The store of files is away. Send it again after `Retry-After` seconds.",
    "SYNTAX": "The document cannot be parsed. `locations` says where.",
    "TOO_LARGE": "HTTP 413. Send less at once.",
    "UNAUTHENTICATED": "HTTP 401. Send `Authorization: Bearer` with a token.",
    "UNAVAILABLE": "HTTP 503. The database is away. Send it again after `Retry-After` seconds.",
    "UNKNOWN_OPERATION": "Which operation to run is not known: `operationName` names none of the document's, or is"
    " missing where it has several. The message says which there are.",
    "UNSUPPORTED_MEDIA_TYPE": "HTTP 415. Send `Content-Type: application/json`.",
}
"""What is refused before, or beside, the business."""

FIELD: Mapping[str, str] = {
    "BLANK": "The text is empty.",
    "INVALID": "The value is not possible here; the message says what is.",
    "INVALID_ID": "The text is neither an id nor a key of what is meant here.",
    "INVALID_ORDER": "There is no such order, or it names something twice.",
    "IN_THE_PAST": "The moment has passed.",
    "TOO_FAR": "The moment lies too far ahead.",
    "MISSING": "The field must be given.",
    "NEVER_OPEN": "Such a calendar is never open, so nothing would ever be due.",
    "NO_PERSON": "Nobody here has this id or address.",
    "NUL_CHARACTER": "The text holds U+0000, which cannot be stored.",
    "REPEATED": "Something is named twice.",
    "TOO_LONG": "The text is longer than is kept.",
    "UNKNOWN": "Nothing of this name is configured.",
    "VERDICTS_GIVEN": "It would change verdicts that were given already.",
}
"""What can be wrong with one field of an input: the codes inside VALIDATION_FAILED."""

BATCH: Mapping[str, str] = {
    "ACTOR_SUSPENDED": "The batch was stopped with the account that asked for it.",
    "OTHERS_REFUSED": "This case would have been changed, but another was refused and it was all or nothing.",
    "ROWS_PER_HOUR": "The token may not change so many cases within this hour; its owner was told.",
    "ROWS_REFUSED": "It was all or nothing, and a case was refused: its row says why. Nothing was changed.",
    "TEXT_ERASED": "A text the batch was to write has been erased since it was asked for.",
}
"""Why a batch, or one of its rows, was not carried out, beside what the business refuses."""

COMMAND: Mapping[str, str] = {
    "API_AWAY": "Nothing answers where the API should be, or it is not healthy; `call` says it of a row it gave up.",
    "CALL_REFUSED": "The server takes nothing of this caller; the message holds the server's own code.",
    "DEMO_NOT_READY": "A process of the demo ended, or did not answer in time; the message says which, its log why.",
    "DOCUMENT_UNUSABLE": "A document to call cannot be read, or its answers would not tell what was refused.",
    "FILE_UNREADABLE": "The file of `--each` or `--done` cannot be read.",
    "LOG_UNREADABLE": "The file to replay cannot be opened, or lacks a column its mapping speaks of.",
    "MANIFEST_INVALID": "A manifest of documents cannot be read, or holds one that could never run.",
    "MAPPING_INVALID": "The mapping of a replay cannot be read; the message names every place that is wrong.",
    "NO_GRAPHQL": "What answers a call there does not speak GraphQL.",
    "PROJECTION_UNKNOWN": "`log rebuild --only` names no table that is computed from the log; the message lists them.",
    "ROW_UNREADABLE": "A row to call with is no JSON object, or names no variable of the document; others are sent.",
    "SCHEMA_OUTDATED": "The file does not hold the schema this code serves.",
    "SETTING_INVALID": "An environment variable has a value that is not possible.",
    "TOKEN_MISSING": "A call needs a token to send.",
    "VARIABLES_UNUSABLE": "The file of `--vars` holds no JSON object, or it or `--into` names a variable that the"
    " document lacks; nothing was sent.",
}
"""What the command line refuses beside the stack's own codes."""


def errors() -> str:
    """The page."""
    loaded("domain")
    loaded("schema")
    stack = {each.code: said(each) for each in subclasses(StackError)} | dict(COMMAND)
    return page(
        "Error codes",
        INTRODUCTION,
        "## The business\n\n" + table(("code", "from", "may succeed later", "means"), sorted(_refusals())),
        "## One field of an input\n\n" + WRONG_FIELD + "\n\n" + _listed(FIELD),
        "## A batch and its rows\n\n" + _listed(BATCH),
        "## The request\n\n" + _listed(REQUEST),
        "## The command line\n\n" + _listed(stack),
    )


def codes() -> frozenset[str]:
    """Every code the page explains."""
    stack = {each.code for each in subclasses(StackError)}
    refused = {code.strip("`") for code, *_ in _refusals()}
    return frozenset(refused | FIELD.keys() | BATCH.keys() | REQUEST.keys() | COMMAND.keys() | stack)


def _refusals() -> Iterator[tuple[str, str, str, str]]:
    """Exceptions with a code of their own; of several with one code, all are said."""
    meanings: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in subclasses(Exception):
        code = vars(each).get("code")
        if isinstance(code, str) and each.__module__.startswith(("domain.", "schema.")):
            retryable = issubclass(each, Refusal) and each.retryable
            meanings[f"`{code}`", capability(each), "yes" if retryable else ""].append(said(each))
    for key, sentences in meanings.items():
        yield (*key, " ".join(dict.fromkeys(sentences)))


def _listed(found: Mapping[str, str]) -> str:
    return table(("code", "means"), ((f"`{code}`", found[code]) for code in sorted(found)))
