"""What the demo's organisation has agreed on: content policies, goals, who is on call, who is paged."""

from datetime import datetime
from typing import Any

CONTENT: dict[str, dict[str, Any]] = {
    "live.scam": {
        "title": "Scams and deceptive giveaways in live rooms",
        "severity": "SEV1",
        "allowed_actions": ["WARN", "MUTE", "END_STREAM", "SUSPEND"],
        "default_actions": [{"action": "END_STREAM"}],
    },
    "live.self-harm": {
        "title": "Self-harm and dangerous challenges in live rooms",
        "severity": "SEV0",
        "allowed_actions": ["MUTE", "END_STREAM", "SUSPEND"],
        "default_actions": [{"action": "END_STREAM"}],
    },
    "spam": {
        "title": "Spam",
        "severity": "SEV3",
        "allowed_actions": ["WARN", "LIMIT_REACH", "REMOVE"],
        "default_actions": [{"action": "REMOVE"}],
    },
}

CALENDARS: dict[str, dict[str, Any]] = {
    "office": {
        "tz": "Europe/Stockholm",
        "weekly": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "exceptions": [
            {"from": "12-24", "to": "12-26", "yearly": True, "windows": []},
            {"from": "12-31", "to": "01-01", "yearly": True, "windows": []},
        ],
    },
}

OPENED = {"kind": "CaseOpened"}
REVIEWED = {"state": ["IN_REVIEW"]}
RESOLVED = {"state": ["RESOLVED"]}
ENDED = {"state": ["CANCELLED", "MERGED"]}
ON_HOLD = {"state": ["ON_HOLD"]}
PAGE = {"page": "live-desk"}


def _target(
    metric: str,
    seconds: int,
    *,
    key: str | None = None,
    when: dict[str, Any] | None = None,
    page: bool = False,
) -> dict[str, Any]:
    """A promise around the clock: warned of at half time, and at its end a page where that is wanted."""
    acknowledges = metric == "ACKNOWLEDGE"
    return {
        "key": key or metric,
        "metric": metric,
        "goal": {"business_seconds": seconds},
        "when": when or {},
        "start": [OPENED],
        "stop": [REVIEWED, RESOLVED] if acknowledges else [RESOLVED],
        "pause": [] if acknowledges else [ON_HOLD],
        "cancel": [ENDED],
        "reopen": "FIRST_ONLY",
        "thresholds": [
            {"at": {"percent": 50}, "actions": []},
            {"at": {"overdue": 0}, "actions": [PAGE] if page else []},
        ],
    }


def _by_priority(metric: str, **hours: float) -> list[dict[str, Any]]:
    return [
        _target(metric, int(value * 3600), key=f"{metric}-{priority}", when={"priority": [priority]})
        for priority, value in hours.items()
    ]


SLA: dict[str, dict[str, Any]] = {
    # What the desk promises on an ordinary day, around the clock.
    "standard": {
        "key": "standard",
        "position": 10,
        "targets": [
            *_by_priority("ACKNOWLEDGE", P1=0.25, P2=1, P3=4, P4=8, P5=24),
            *_by_priority("FIRST_RESOLUTION", P1=4, P2=8, P3=24, P4=48, P5=96),
        ],
    },
    # A person answers whoever asks within a working day.
    "inquiries": {
        "key": "inquiries",
        "position": 5,
        "scope": {"inquiry_kind": ["QUESTION", "FEEDBACK", "COMPLAINT", "REQUEST"]},
        "targets": [
            {
                "metric": "FIRST_RESPONSE",
                "goal": {"business_seconds": 9 * 3600},
                "calendar": "office",
                "start": [{"kind": "InquiryFiled"}],
                "stop": [{"kind": "InquiryReplied", "by_kind": ["HUMAN"]}, {"kind": "InquiryClosed"}],
                "thresholds": [{"at": {"percent": 50}, "actions": []}],
            }
        ],
    },
    # Goals of seconds, so that a clock can be watched to its end.
    "live-drill": {
        "key": "live-drill",
        "position": 1,
        "scope": {"reason_code": ["UNSAFE_CHALLENGE"]},
        "targets": [_target("ACKNOWLEDGE", 6, page=True), _target("FIRST_RESOLUTION", 600)],
    },
}


def schedule(*, anchor: datetime) -> dict[str, Any]:
    """Bo and Dana take turns, a week each, handed over on Mondays at nine, Stockholm time."""
    return {
        "tz": "Europe/Stockholm",
        "layers": [
            {
                "key": "primary",
                "period": "WEEK",
                "anchor": anchor.replace(hour=9).isoformat(),
                "participants": ["bo@desk.example", "dana@desk.example"],
            }
        ],
    }


ESCALATION: dict[str, Any] = {
    "urgency": "HIGH",
    "repeat": 0,
    "fallback": ["root@desk.example"],
    "steps": [
        {"delay_s": 120, "targets": [{"kind": "SCHEDULE", "key": "live-desk"}]},
        {"delay_s": 300, "targets": [{"kind": "TEAM", "key": "live-safety"}]},
    ],
}
