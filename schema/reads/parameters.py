"""The parameters of a statement: placeholders while it is written, values when it runs.

A statement is kept and run for other requests, so it holds recipes, never a request's values.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from domain.core.predicates.sql import viewer_value

VIEWER_TYPES = {
    "id": "uuid",
    "person_id": "uuid",
    "teams": "uuid[]",
    "leads": "uuid[]",
    "permissions": "text[]",
    "clearances": "text[]",
    "kind": "text",
}


@dataclass(frozen=True, slots=True)
class Constant:
    """A value the declarations, or the document, fix."""

    value: Any


@dataclass(frozen=True, slots=True)
class OfViewer:
    attribute: str


@dataclass(frozen=True, slots=True)
class ViewerHolds:
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Given:
    """A value of this request: ``name`` within the arguments of ``site`` (None: the read itself)."""

    site: int | None
    name: Hashable


Recipe = Constant | OfViewer | ViewerHolds | Given


@dataclass(slots=True)
class Parameters:
    """Gives each recipe one placeholder per SQL type, however often it is asked for."""

    recipes: list[Recipe] = field(default_factory=list)
    _known: dict[tuple[str, Hashable], str] = field(default_factory=dict)

    def __call__(self, recipe: Recipe, sql_type: str) -> str:
        identity: Hashable = recipe
        if isinstance(recipe, Constant):
            # equal values of unlike types (True and 1) are not one parameter, unhashable ones never are
            identity = (type(recipe.value), repr(recipe.value))
        found = self._known.get((sql_type, identity))
        if found is None:
            self.recipes.append(recipe)
            found = self._known[sql_type, identity] = f"${len(self.recipes)}::{sql_type}"
        return found

    # the three below are the Binds of what a declaration says
    def literal(self, value: Any, sql_type: str) -> str:
        return self(Constant(value), sql_type)

    def viewer(self, attribute: str, sql_type: str) -> str:
        return self(OfViewer(attribute), sql_type)

    def holds(self, attribute: str, value: str) -> str:
        return self(ViewerHolds(attribute, value), "boolean")


class SiteBinds:
    """The Binds of a condition that comes with the request: its n-th value is the site's n-th literal."""

    def __init__(self, parameters: Parameters, site: int | None, group: Hashable) -> None:
        self._parameters = parameters
        self._site = site
        self._group = group
        self._next = 0

    def literal(self, value: Any, sql_type: str) -> str:  # noqa: ARG002 - the next request has another
        self._next += 1
        return self._parameters(Given(self._site, (self._group, self._next - 1)), sql_type)

    def viewer(self, attribute: str, sql_type: str) -> str:
        return self._parameters.viewer(attribute, sql_type)

    def holds(self, attribute: str, value: str) -> str:
        return self._parameters.holds(attribute, value)


def value_of(recipe: Recipe, viewer: object, given: "dict[int | None, dict[Hashable, Any]]") -> Any:
    """The value a recipe has in this request."""
    match recipe:
        case Constant(value):
            return value
        case OfViewer(attribute):
            return viewer_value(viewer, attribute)
        case ViewerHolds(attribute, value):
            return value in getattr(viewer, attribute)
        case Given(site, name):
            return given[site].get(name)
