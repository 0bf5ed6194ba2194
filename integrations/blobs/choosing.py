"""Which store the settings ask for, and what it takes."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from domain.files.ports import BlobStore
from domain.files.rules import Limits
from integrations.blobs.folder import FolderStore
from integrations.blobs.s3 import Bucket, S3Store
from integrations.settings import Settings

_TAKEN = frozenset({"endpoint", "region"})


def store_of(settings: Settings) -> BlobStore:
    """The store. Where none is named, a folder in the home folder."""
    if settings.blobs_url is None:
        return FolderStore(settings.home.absolute() / "blobs")
    parts = urlsplit(settings.blobs_url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and len(parts.path) > 1 and parts.path[0] == "/":
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return S3Store(_bucket(settings, parts.netloc, parts.path.strip("/"), parse_qs(parts.query)))
    message = "CASEWARD_BLOBS_URL is file:///a/folder or s3://bucket/prefix?region=…&endpoint=https://…"
    raise ValueError(message)


def limits_of(settings: Settings) -> Limits:
    """What is taken of anybody."""
    return Limits(settings.upload_bytes, settings.upload_types)


def _bucket(settings: Settings, name: str, prefix: str, query: dict[str, list[str]]) -> Bucket:
    if settings.blobs_access_key is None or settings.blobs_secret_key is None:
        message = "An s3:// CASEWARD_BLOBS_URL needs CASEWARD_BLOBS_ACCESS_KEY and CASEWARD_BLOBS_SECRET_KEY beside it."
        raise ValueError(message)
    if unknown := sorted(query.keys() - _TAKEN):
        message = f"An s3:// CASEWARD_BLOBS_URL takes region and endpoint, not {unknown[0]}."
        raise ValueError(message)
    return Bucket(
        name=name,
        prefix=f"{prefix}/" if prefix else "",
        region=query.get("region", ["us-east-1"])[-1],
        endpoint=query.get("endpoint", [""])[-1].rstrip("/"),
        access_key=settings.blobs_access_key.get_secret_value(),
        secret_key=settings.blobs_secret_key.get_secret_value(),
    )
