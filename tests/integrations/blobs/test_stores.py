"""What every store of files owes, over each of them."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.core.ids import new_id
from domain.files.ports import BlobMissing, BlobStore, StoreAway, key_of
from integrations import connect
from integrations.blobs import Bucket, FolderStore, S3Store
from integrations.settings import Settings
from tests.files import in_pieces, kept
from tests.integrations.blobs.bucket import ACCESS, NAME, REGION, SECRET, Held, a_bucket

CONTENT = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Broke(Exception):
    """The sender's side failed."""


class Ground:
    """A store, and what lies in it."""

    def __init__(self, store: BlobStore, folder: Path | None = None, held: Held | None = None) -> None:
        self.store, self.folder, self.held = store, folder, held

    def lying(self) -> list[str]:
        if self.folder is not None:
            return list(kept(self.folder))
        assert self.held is not None
        return sorted(self.held.objects)


@pytest.fixture(params=["folder", "bucket"])
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    if request.param == "folder":
        yield Ground(FolderStore(tmp_path / "blobs"), folder=tmp_path)
        return
    async with a_bucket() as (address, held):
        bucket = Bucket(name=NAME, region=REGION, access_key=ACCESS, secret_key=SECRET, prefix="a b/", endpoint=address)
        store = S3Store(bucket)
        yield Ground(store, held=held)
        await store.close()


async def put(store: BlobStore, key: str, content: bytes = CONTENT) -> None:
    await store.put(key, in_pieces(content), size=len(content), digest=hashlib.sha256(content).hexdigest())


async def read(store: BlobStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(key, start=start, end=end)])


async def test_what_was_put_is_read_whole_or_in_parts(ground: Ground) -> None:
    key, other = key_of(new_id(), DIGEST), key_of(new_id(), DIGEST)

    await put(ground.store, key)
    await put(ground.store, other, b"x")

    assert await read(ground.store, key) == CONTENT
    assert await read(ground.store, key, 1000, 700_001) == CONTENT[1000:700_001]
    assert await read(ground.store, key, len(CONTENT) - 1) == CONTENT[-1:]
    assert await read(ground.store, other) == b"x"


async def test_what_is_not_there_is_missing(ground: Ground) -> None:
    with pytest.raises(BlobMissing):
        await read(ground.store, key_of(new_id(), DIGEST))


async def test_what_breaks_off_is_kept_nowhere_and_its_failure_is_the_senders(ground: Ground) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in in_pieces(CONTENT[:-1]):
            yield piece
        raise Broke

    with pytest.raises(Broke):
        await ground.store.put(key_of(new_id(), DIGEST), broken(), size=len(CONTENT), digest=DIGEST)

    assert ground.lying() == []


async def test_the_same_again_is_harmless_and_so_is_removing_twice(ground: Ground) -> None:
    key = key_of(new_id(), DIGEST)
    await put(ground.store, key)
    await put(ground.store, key)

    assert len(ground.lying()) == 1
    for _ in range(2):
        await ground.store.remove(key)

    assert ground.lying() == []
    with pytest.raises(BlobMissing):
        await read(ground.store, key)


async def test_removing_one_leaves_another_of_the_same_content(ground: Ground) -> None:
    gone, stays = key_of(new_id(), DIGEST), key_of(new_id(), DIGEST)
    await put(ground.store, gone)
    await put(ground.store, stays)

    await ground.store.remove(gone)

    assert await read(ground.store, stays) == CONTENT


async def test_a_bucket_that_is_busy_or_refuses_is_away() -> None:
    async with a_bucket() as (address, held):
        right = Bucket(name=NAME, region=REGION, access_key=ACCESS, secret_key=SECRET, endpoint=address)
        wrong = Bucket(name=NAME, region=REGION, access_key=ACCESS, secret_key="other", endpoint=address)
        busy, stranger = S3Store(right), S3Store(wrong)
        await put(busy, "k")
        held.failing = 503

        for store in (busy, stranger):
            with pytest.raises(StoreAway):
                await put(store, "k")
            with pytest.raises(StoreAway):
                await read(store, "k")
            with pytest.raises(StoreAway):
                await store.remove("k")
            await store.close()

        assert held.refused == ["SignatureDoesNotMatch"] * 3
        assert list(held.objects) == [f"/{NAME}/k"]


async def test_a_store_that_cannot_be_reached_or_written_to_is_away(tmp_path: Path) -> None:
    nowhere = S3Store(
        Bucket(name=NAME, region=REGION, access_key=ACCESS, secret_key=SECRET, endpoint="http://127.0.0.1:9")
    )
    (tmp_path / "file").write_text("in the way")
    blocked = FolderStore(tmp_path / "file")

    for store in (nowhere, blocked):
        with pytest.raises(StoreAway):
            await put(store, "k")
        await store.close()


def test_the_settings_say_which_store(tmp_path: Path) -> None:
    keys = {"blobs_access_key": "a", "blobs_secret_key": "b"}
    bucket = "s3://evidence/desk?region=eu-central-1"

    assert isinstance(connect(Settings(home=tmp_path)).blobs, FolderStore)
    assert isinstance(connect(Settings(blobs_url=f"file://{tmp_path}")).blobs, FolderStore)
    assert isinstance(connect(Settings(blobs_url=bucket, **keys)).blobs, S3Store)
    for wrong in ({"blobs_url": bucket}, {"blobs_url": "ftp://x"}, {"blobs_url": "file:relative"},
                  {"blobs_url": f"{bucket}&style=path", **keys}):  # fmt: skip
        with pytest.raises(ValueError, match="CASEWARD_BLOBS_URL"):
            connect(Settings(**wrong))


def test_amazons_bucket_is_in_the_hosts_name_and_secrets_are_not_printed() -> None:
    bucket = Bucket(name="evidence", region="eu-central-1", access_key="AK", secret_key="SK")

    assert bucket.address == "https://evidence.s3.eu-central-1.amazonaws.com"
    assert "SK" not in repr(bucket)
    assert "AK" not in repr(bucket)
