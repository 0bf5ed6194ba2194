"""`make test-clients`: clients nobody here wrote, against the contract and against a desk of this test's own.

Generated are typed documents by graphql-codegen and by relay-compiler; all of it is compiled by tsc. Then each
client asks, changes and follows at a running desk. Exit code 1 where one of them cannot.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from api.app import create_app
from caseward.demo import organisation
from caseward.stack import throwaway_stack
from caseward.wiring import wire
from integrations import postgres
from integrations.settings import Settings
from workers import sequencer

HERE = Path(__file__).parent.parent / "tests" / "clients"
BIN = HERE / ".venv" / "bin"
NODE = HERE / "node_modules"
MADE = HERE / "generated"
PATIENCE = 150.0

BUILDING = {
    "graphql-codegen": ("node", NODE / "@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.yml"),
    "relay-compiler": ("node", NODE / "relay-compiler/cli.js"),
    "tsc --strict": ("node", NODE / "typescript/bin/tsc"),
}
CLIENTS = {
    "Apollo Client": ("node", MADE / "js/apollo.js"),
    "Relay": ("node", MADE / "js/relay.js"),
    "urql": ("node", MADE / "js/urql.js"),
    "graphql-ws": ("node", MADE / "js/websocket.js"),
    "graphql-sse": ("node", MADE / "js/events.js"),
    "gql (Python)": ("python", HERE / "with_gql.py"),
}


async def ran(name: str, command: tuple[str | Path, ...], more: Mapping[str, str]) -> bool:
    """Runs one of them to its end and says how it went."""
    program = await asyncio.create_subprocess_exec(
        BIN / command[0], *command[1:], cwd=HERE, env={**os.environ, **more, "PATH": f"{BIN}:{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await program.communicate()
    except TimeoutError:
        program.kill()
        said, _ = await program.communicate()
    good = program.returncode == 0
    print(f"  {'right' if good else 'WRONG'}  {name}", flush=True)
    if not good:
        print(said.decode(errors="replace")[-4000:])
    return good


async def sequenced() -> None:
    """Positions the log as the worker does, so that there is something to follow."""
    while True:
        await sequencer.sequence()
        await asyncio.sleep(0.05)


async def tried(url: str, home: Path) -> bool:
    """Builds, serves, and lets every client have its turn; whether all of it went well."""
    print("what is made of schema.graphql:")
    built = [await ran(name, command, {}) for name, command in BUILDING.items()]
    return await served(url, home) and all(built)


async def served(url: str, home: Path) -> bool:
    """Whether every client can do its part at a desk that is served from this empty database."""
    wire()
    await postgres.migrate(url)
    settings = Settings(home=home)
    async with postgres.connected(url):
        tokens = (await organisation.load(settings)).tokens
    app = create_app(settings, database_url=url)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on", ws="websockets-sansio"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event for that
        await asyncio.sleep(0.05)
    sequencing = asyncio.create_task(sequenced())
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    print("who asks, changes and follows:")
    where = {"DESK": address, "DESK_TOKEN": tokens["reviewer"]}
    asked = [await ran(name, (*command, address, tokens["reviewer"]), where) for name, command in CLIENTS.items()]
    sequencing.cancel()
    await asyncio.gather(sequencing, return_exceptions=True)
    server.should_exit = True
    await serving
    return all(asked)


def main() -> int:
    """On a stack of its own; what was generated before is made anew."""
    shutil.rmtree(MADE, ignore_errors=True)
    (MADE / "relay").mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory(prefix="caseward-clients-") as home,
        throwaway_stack(Path(home) / "stack") as stack,
    ):
        return 0 if asyncio.run(tried(stack.database_url, Path(home))) else 1


if __name__ == "__main__":
    sys.exit(main())
