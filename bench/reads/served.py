"""Caseward's API as `caseward serve` runs it: `python -m bench.reads.served URL PORT`."""

import sys

from caseward.logs import configure
from caseward.serving import serve
from caseward.stack import Stack
from integrations.settings import Settings

if __name__ == "__main__":
    settings = Settings(api_port=int(sys.argv[2]))
    configure(settings)
    serve(settings, Stack(database_url=sys.argv[1], redis_url="", owned=False))
