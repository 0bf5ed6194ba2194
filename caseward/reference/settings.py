"""`docs/reference/settings.md`: everything a deployment may set."""

from typing import Any, Literal, get_args, get_origin

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from caseward.reference.events import spelled
from caseward.reference.pages import page, table
from integrations.settings import Settings

INTRODUCTION = """\
Environment variables, read once at start. An empty variable counts as unset. Nothing else in Caseward reads the
environment. Secrets are never written to a log."""


def settings() -> str:
    """The page."""
    rows = [
        (f"`{variable(name, field)}`", _kind(field), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return page("Settings", INTRODUCTION, table(("variable", "is", "unless set", "meaning"), rows))


def variable(name: str, field: FieldInfo) -> str:
    """The variable a person sets: the first of its names."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    if SecretStr in {annotation, *get_args(annotation)}:
        return "secrets" if get_origin(annotation) is tuple else "secret"
    return spelled(annotation).removesuffix(" or none")


def _default(field: FieldInfo) -> str:
    if field.default in (None, ()):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
