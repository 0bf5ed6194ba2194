"""Bytes in a bucket of anything that speaks S3: one PUT, GET or DELETE each, signed by ourselves."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from domain.files.ports import BlobMissing, StoreAway
from integrations.blobs.signing import NOTHING, Signer, encoded

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""Seconds without a byte."""

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where, and as whom. Without an ``endpoint`` it is Amazon's of the region, and the bucket is in the host's name;
    with one it is in the path, as every other server understands it."""

    name: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    prefix: str = ""
    endpoint: str = ""

    @property
    def address(self) -> str:
        """The address of the bucket."""
        return (
            f"{self.endpoint}/{self.name}" if self.endpoint else f"https://{self.name}.s3.{self.region}.amazonaws.com"
        )


class S3Store:
    """A store for any number of machines. The server judges every body by the SHA-256 that is signed with it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._address = urlsplit(bucket.address)
        self._client = httpx.AsyncClient(timeout=TIMEOUT)
        self._signer = Signer(access_key=bucket.access_key, secret_key=bucket.secret_key, region=bucket.region)

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, size: int, digest: str) -> None:
        """See the port. One request, so 5 GB at most; a body that breaks off is shorter than said, and is not kept."""
        request = self._request("PUT", key, payload=digest, content=chunks, more={"content-length": str(size)})
        try:
            answer = await self._client.send(request)
        except httpx.HTTPError as error:
            raise StoreAway(f"{type(error).__name__} while storing") from error
        _ensure(answer)

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """See the port."""
        wanted = f"bytes={start}-{'' if end is None else end - 1}"
        more = {"range": wanted} if start or end is not None else {}
        request = self._request("GET", key, payload=NOTHING, more=more)
        try:
            answer = await self._client.send(request, stream=True)
            try:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    raise BlobMissing(key)
                if answer.is_error:
                    await answer.aread()
                _ensure(answer)
                async for piece in answer.aiter_raw(PIECE):
                    yield piece
            finally:
                await answer.aclose()
        except httpx.HTTPError as error:
            raise StoreAway(f"{type(error).__name__} while reading") from error

    async def remove(self, key: str) -> None:
        """See the port."""
        try:
            answer = await self._client.send(self._request("DELETE", key, payload=NOTHING))
        except httpx.HTTPError as error:
            raise StoreAway(f"{type(error).__name__} while removing") from error
        if answer.status_code != httpx.codes.NOT_FOUND:
            _ensure(answer)

    async def close(self) -> None:
        """Lets go of connections."""
        await self._client.aclose()

    def _request(
        self,
        method: str,
        key: str,
        *,
        payload: str,
        content: AsyncIterable[bytes] | None = None,
        more: dict[str, str] | None = None,
    ) -> httpx.Request:
        path = f"{self._address.path}/{self._bucket.prefix}{key}"
        now = datetime.now(UTC)
        host = self._address.netloc
        headers = self._signer.headers(method, host=host, path=path, payload=payload, now=now, more=more)
        url = httpx.URL(f"{self._address.scheme}://{host}", raw_path=encoded(path).encode())
        return httpx.Request(method, url, headers=headers, content=content)


def _ensure(answer: httpx.Response) -> None:
    """Every refusal of a bucket may be over later: keys are rotated, policies mended, servers throttle."""
    if answer.is_error:
        raise StoreAway(f"The bucket answered {answer.status_code}: {_code(answer)}")


def _code(answer: httpx.Response) -> str:
    """The word S3 gives in its XML; empty where there is none."""
    _, _, rest = answer.text.partition("<Code>")
    return rest.partition("</Code>")[0][:64]
