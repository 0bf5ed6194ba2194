"""Bytes in a folder. Whatever has its name there is whole: it was written elsewhere, flushed, and then moved."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from domain.files.ports import BlobMissing, StoreAway

PIECE = 256 * 1024
"""Bytes read at once."""

R = TypeVar("R")


class FolderStore:
    """A store for one machine, or for several that share a file system with atomic renames."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, size: int, digest: str) -> None:  # noqa: ARG002
        """See the port. Costs one flush of the file and one of its folder."""
        begun, place = self._begun(key), self._place(key)
        file = await _on_disk(lambda: _open(begun))
        try:
            async for chunk in chunks:
                await _on_disk(partial(file.write, chunk))
            await _on_disk(lambda: _keep(file, begun, place))
        except BaseException:
            file.close()
            begun.unlink(missing_ok=True)
            raise

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """See the port."""
        place = self._place(key)
        try:
            file = await asyncio.to_thread(place.open, "rb")
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        except OSError as error:
            raise StoreAway(str(error)) from error
        try:
            await _on_disk(lambda: file.seek(start))
            left = PIECE if end is None else end - start
            while left > 0 and (piece := await _on_disk(lambda: file.read(min(PIECE, left)))):  # noqa: B023 - awaited
                yield piece
                left = left if end is None else left - len(piece)
        finally:
            file.close()

    async def remove(self, key: str) -> None:
        """See the port."""
        await _on_disk(lambda: _remove(self._place(key), self._begun(key), self._folder))

    async def close(self) -> None:
        """Nothing is held open."""

    def _place(self, key: str) -> Path:
        return self._folder / key

    def _begun(self, key: str) -> Path:
        """Where a file is written before it has its name: in the same file system, so that moving it is one step."""
        return self._folder / "incoming" / key.replace("/", "-")


async def _on_disk(act: Callable[[], R]) -> R:
    """Runs what waits for a disk beside the loop."""
    try:
        return await asyncio.to_thread(act)
    except OSError as error:
        raise StoreAway(str(error)) from error


def _open(begun: Path) -> IO[bytes]:
    begun.parent.mkdir(parents=True, exist_ok=True)
    return begun.open("wb")


def _keep(file: IO[bytes], begun: Path, place: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    fresh = [folder for folder in place.parents if not folder.exists()]
    place.parent.mkdir(parents=True, exist_ok=True)
    begun.rename(place)
    for folder in {place.parent, *(each.parent for each in fresh)}:
        _flush(folder)


def _flush(folder: Path) -> None:
    """A name is safe from a crash only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(place: Path, begun: Path, top: Path) -> None:
    place.unlink(missing_ok=True)
    begun.unlink(missing_ok=True)
    for folder in place.parents:
        if folder == top or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()
