"""A desk under load while everything beneath it is killed, emptied, stopped and lied to; then the books are checked."""
