"""What the emulated platform knows: rooms, standings of accounts and things, and every order ever received."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

State = Literal["ACCEPTED", "APPLIED", "FAILED"]


def now() -> datetime:
    """The emulator has a clock of its own, as a real platform has."""
    return datetime.now(UTC)


class Room(BaseModel):
    """A live room."""

    ref: str
    title: str
    viewers: int = 0
    live: bool = True
    muted: bool = False
    limited: bool = False
    started_at: datetime = Field(default_factory=now)
    ended_at: datetime | None = None


class Subject(BaseModel):
    """What an order is about."""

    kind: str
    ref: str
    owner: str | None = None


class Wish(BaseModel):
    """The body of an order."""

    enforcement: str
    action: Literal["WARN", "MUTE", "LIMIT_REACH", "END_STREAM", "REMOVE", "SUSPEND"]
    subject: Subject
    seconds: int | None = None
    policies: list[str] = []


class Order(BaseModel):
    """An order and what became of it. ``received`` counts how often it came, ``applied`` how often it was carried out:
    never more than once."""

    key: str
    wish: Wish
    state: State
    external_id: str
    code: str | None = None
    receipt: str | None = None
    at: datetime
    received: int = 1
    applied: int = 0
    callback_due: datetime | None = None
    called_back: list[int] = []

    def told(self) -> dict[str, object]:
        """As answers and receipts say it."""
        words = {"key": self.key, "state": self.state, "external_id": self.external_id, "code": self.code}
        return {**words, "receipt": self.receipt, "at": self.at.isoformat()}


class World(BaseModel):
    """Everything that is kept."""

    rooms: dict[str, Room] = {}
    orders: dict[str, Order] = {}
    suspended: dict[str, datetime | None] = {}
    removed: list[str] = []
    numbers: int = 0


ROOMS = (
    ("room-nightmarket", "Night market, everything must go", 18_400),
    ("room-karaoke", "Karaoke until dawn", 3_120),
    ("room-speedrun", "Speedrun marathon, day 3", 9_870),
    ("room-cooking", "Grandmother cooks", 640),
    ("room-unboxing", "Unboxing phones, half price", 27_300),
)


class Store:
    """The world in memory, and in a file where one is given."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.world = World()
        if path is not None and path.exists():
            self.world = World.model_validate_json(path.read_bytes())
        else:
            self.seed()

    def seed(self) -> None:
        """A platform at the start of an evening."""
        self.world = World(rooms={ref: Room(ref=ref, title=title, viewers=n) for ref, title, n in ROOMS})

    def save(self) -> None:
        """Replaces the file whole, so that a kill leaves the old or the new one."""
        if self.path is not None:
            draft = self.path.with_suffix(".new")
            draft.write_text(self.world.model_dump_json())
            draft.replace(self.path)

    def take(self, key: str, wish: Wish, state: State) -> Order:
        """Writes an order down as received."""
        self.world.numbers += 1
        external_id = f"ord-{self.world.numbers}"
        order = Order(key=key, wish=wish, state=state, external_id=external_id, at=now())
        self.world.orders[key] = order
        return order

    def refuse(self, order: Order, code: str) -> None:
        """It will not be done."""
        order.state, order.code, order.at = "FAILED", code, now()

    def apply(self, order: Order) -> None:
        """Carries an order out, once: a second call changes nothing."""
        if order.state == "APPLIED":
            return
        self._do(order.wish)
        order.state, order.at = "APPLIED", now()
        order.receipt = f"rcpt-{order.external_id}"
        order.applied += 1

    def _do(self, wish: Wish) -> None:
        """Rooms nobody has heard of appear: cases may be about any."""
        ref = wish.subject.ref
        ends = now() + timedelta(seconds=wish.seconds) if wish.seconds else None
        if wish.action == "SUSPEND":
            self.world.suspended[wish.subject.owner or ref] = ends
        elif wish.action == "REMOVE":
            self.world.removed.append(ref)
        if wish.subject.kind != "LIVE_SESSION":
            return
        room = self.world.rooms.setdefault(ref, Room(ref=ref, title=ref))
        if wish.action in {"END_STREAM", "REMOVE", "SUSPEND"} and room.live:
            room.live, room.ended_at, room.viewers = False, now(), 0
        room.muted = room.muted or wish.action == "MUTE"
        room.limited = room.limited or wish.action == "LIMIT_REACH"
