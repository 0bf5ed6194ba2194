"""Reading the values a client sends for a field, and showing them the way Jira does."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from integrations.jira.emulator.site import (
    CATEGORIES,
    FIELDS,
    ISSUE_TYPE,
    PEOPLE,
    PRIORITIES,
    PROJECTS,
    RESOLUTIONS,
    STATUSES,
    Kind,
    Person,
    SiteField,
)

SUMMARY_LIMIT = 255


class BadValueError(Exception):
    """A value Jira would refuse; the text is what it would say."""


def stamp(moment: datetime) -> str:
    """Jira's own form: milliseconds and an offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _choice(value: Any, choices: Mapping[str, str], what: str) -> str | None:
    """Accepts `{"id": …}`, `{"name": …}` or `{"value": …}`."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadValueError("Could not find valid 'id' or 'value' in the Parent Option object.")
    if str(value.get("id")) in choices:
        return str(value["id"])
    wanted = value.get("name", value.get("value"))
    for choice_id, name in choices.items():
        if name == wanted:
            return choice_id
    raise BadValueError(f"The {what} selected is invalid.")


def _line(value: Any, field: SiteField, limit: int) -> str | None:
    text = _text(value, field, limit)
    if text and "\n" in text.strip():
        raise BadValueError(f"The {field.name.lower()} is invalid because it contains newline characters.")
    if field.id == "summary":
        if not text or not text.strip():
            raise BadValueError("You must specify a summary of the issue.")
        if len(text) > SUMMARY_LIMIT:
            raise BadValueError(f"Summary must be less than {SUMMARY_LIMIT} characters.")
    return text.strip() if text else text


def _text(value: Any, _field: SiteField, limit: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadValueError("Operation value must be a string")
    if len(value.encode("utf-16-le")) // 2 > limit:
        raise BadValueError(f"The entered text is too long. It exceeds the allowed limit of {limit:,} characters.")
    # Jira stores lines the way a browser's form sends them, and trims; both show when the text is read back.
    return value.replace("\r\n", "\n").replace("\n", "\r\n").strip() or None


def _moment(value: Any, _field: SiteField, _limit: int) -> str | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadValueError("Operation value must be a date-time string") from None
    if moment.tzinfo is None:
        raise BadValueError("Operation value must be a date-time string with an offset")
    return stamp(moment.astimezone(UTC))


def _date(value: Any, _field: SiteField, _limit: int) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise BadValueError("Error parsing date string: " + str(value)[:40]) from None


def _number(value: Any, _field: SiteField, _limit: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValueError("Operation value must be a number")
    return float(value)


def _labels(value: Any, _field: SiteField, _limit: int) -> list[str]:
    labels = value or []
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise BadValueError("Operation value must be an array of strings")
    if any(" " in label for label in labels):
        raise BadValueError("The label can't contain spaces.")
    return sorted(set(labels))


def _person(value: Any, _field: SiteField, _limit: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadValueError("expected Object")
    account = value.get("accountId", value.get("name"))
    if account is None:
        return None
    if account not in PEOPLE or not PEOPLE[account].active:
        raise BadValueError(f"User '{account}' cannot be assigned issues.")
    return str(account)


def _option(value: Any, field: SiteField, _limit: int) -> str | None:
    return _choice(value, {name: name for name in field.options}, "option")


def _priority(value: Any, _field: SiteField, _limit: int) -> str | None:
    return _choice(value, PRIORITIES, "priority")


def _resolution(value: Any, _field: SiteField, _limit: int) -> str | None:
    return _choice(value, RESOLUTIONS, "resolution")


READERS: dict[str, Callable[[Any, SiteField, int], Any]] = {
    "line": _line,
    "text": _text,
    "moment": _moment,
    "date": _date,
    "number": _number,
    "labels": _labels,
    "person": _person,
    "option": _option,
    "priority": _priority,
    "resolution": _resolution,
}


def read_value(field_id: str, value: Any, *, limit: int) -> Any:
    """The stored form of a client's value. `limit` is in UTF-16 units. Raises `BadValueError`."""
    field = FIELDS.get(field_id)
    if field is None or field.kind not in READERS:
        raise BadValueError(f"Field '{field_id}' cannot be set. It is not on the appropriate screen, or unknown.")
    return READERS[field.kind](value, field, limit)


def show_person(person: Person, *, base: str, kind: Kind) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "self": f"{base}/rest/api/2/user?accountId={person.account_id}",
        "displayName": person.name,
        "active": person.active,
        "timeZone": person.time_zone,
    }
    if kind == "cloud":
        return shown | {"accountId": person.account_id, "accountType": "atlassian"}
    return shown | {"name": person.account_id, "key": person.account_id, "emailAddress": person.email}


def show_status(status_id: str, *, base: str) -> dict[str, Any]:
    status = STATUSES[status_id]
    category = CATEGORIES[status.category]
    return {
        "self": f"{base}/rest/api/2/status/{status.id}",
        "id": status.id,
        "name": status.name,
        "description": "",
        "iconUrl": f"{base}/status.png",
        "statusCategory": {"self": f"{base}/rest/api/2/statuscategory/{category['id']}", **category},
    }


def show_value(field_id: str, stored: Any, *, base: str, kind: Kind) -> Any:
    """What a reader sees for a stored value."""
    match None if stored is None else FIELDS[field_id].kind:
        case "person":
            return show_person(PEOPLE[stored], base=base, kind=kind)
        case "status":
            return show_status(stored, base=base)
        case "priority" | "resolution" as kind_of_choice:
            name = (PRIORITIES | RESOLUTIONS)[stored]
            return {"self": f"{base}/rest/api/2/{kind_of_choice}/{stored}", "id": stored, "name": name}
        case "option":
            options = FIELDS[field_id].options
            number = 10_200 + options.index(stored)
            return {"self": f"{base}/rest/api/2/customFieldOption/{number}", "id": str(number), "value": stored}
        case "project":
            return {"self": f"{base}/rest/api/2/project/{PROJECTS[stored]['id']}", **PROJECTS[stored]}
        case "issuetype":
            return {"self": f"{base}/rest/api/2/issuetype/{stored}", **ISSUE_TYPE, "subtask": False}
        case _:
            return stored


def as_words(field_id: str, stored: Any) -> str | None:
    """The `toString` of a changelog item."""
    if stored is None:
        return None
    match FIELDS[field_id].kind:
        case "person":
            return PEOPLE[stored].name
        case "status":
            return STATUSES[stored].name
        case "priority":
            return PRIORITIES[stored]
        case "resolution":
            return RESOLUTIONS[stored]
        case "labels":
            return " ".join(stored)
        case _:
            return str(stored)
