"""Reading what is configured: every wrong place is named by its path."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.core.errors import FieldProblem, ValidationFailed

S = TypeVar("S", bound=BaseModel)


def read(model: type[S], spec: Mapping[str, Any], *, path: str = "spec") -> S:
    """The typed form of a written one. Refuses with one problem for each wrong place."""
    try:
        return model.model_validate(spec)
    except ValidationError as error:
        problems = [
            FieldProblem(
                (path, *wrong["loc"]),
                "MISSING" if wrong["type"] == "missing" else "INVALID",
                wrong["msg"].removeprefix("Value error, "),
            )
            for wrong in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise ValidationFailed(problems) from None
