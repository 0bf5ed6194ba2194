"""`python -m integrations.jira.emulator`: a Jira on this machine."""

import argparse
from pathlib import Path

from integrations.jira.emulator.app import EmulatorOptions, serve


def main() -> None:
    """Reads the command line and serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m integrations.jira.emulator")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; its control interface has no lock")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--base-url", help="how others reach it, when that is not http://HOST:PORT")
    parser.add_argument("--kind", choices=["cloud", "dc"], default="cloud")
    parser.add_argument("--webhook", help="where to send webhooks")
    parser.add_argument("--secret", default="", help="what to sign webhooks with; unsigned when empty")
    parser.add_argument("--state", type=Path, help="a file that keeps the board over restarts")
    parser.add_argument("--text-limit", type=int, default=32_767)
    parser.add_argument("--retry-factor", type=float, default=1.0, help="shortens the waits between webhook retries")
    given = parser.parse_args()
    options = EmulatorOptions(
        base_url=given.base_url or f"http://{given.host}:{given.port}",
        kind=given.kind,
        webhook_url=given.webhook,
        secret=given.secret,
        state=given.state,
        text_limit=given.text_limit,
        retry_factor=given.retry_factor,
    )
    serve(options, host=given.host, port=given.port)


if __name__ == "__main__":
    main()
