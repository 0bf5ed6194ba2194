"""`python -m integrations.platform.emulator`: a platform on this machine."""

import argparse
from pathlib import Path

from integrations.platform.emulator.app import EmulatorOptions, serve


def main() -> None:
    """Reads the command line and serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m integrations.platform.emulator")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; its control interface has no lock")
    parser.add_argument("--port", type=int, default=8098)
    parser.add_argument("--callback", help="where to send receipts: the desk's /webhooks/platform")
    parser.add_argument("--secret", default="", help="what requests and receipts are signed with")
    parser.add_argument("--state", type=Path, help="a file that keeps rooms and orders over restarts")
    parser.add_argument("--factor", type=float, default=1.0, help="shortens the waits between tries of a receipt")
    given = parser.parse_args()
    options = EmulatorOptions(secret=given.secret, callback=given.callback, state=given.state, factor=given.factor)
    serve(options, host=given.host, port=given.port)


if __name__ == "__main__":
    main()
