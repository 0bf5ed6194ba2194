"""Requests to S3 are signed as its documentation signs its own examples."""

from datetime import UTC, datetime
from hashlib import sha256

from integrations.blobs.signing import NOTHING, Signer

SIGNER = Signer(
    access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region="us-east-1"
)
NOW = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"


def signature(headers: dict[str, str]) -> str:
    return headers["authorization"].rpartition("Signature=")[2]


def test_a_part_of_an_object_is_asked_for_as_documented() -> None:
    headers = SIGNER.headers("GET", host=HOST, path="/test.txt", payload=NOTHING, now=NOW, more={"Range": "bytes=0-9"})

    assert signature(headers) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," in headers["authorization"]


def test_an_object_with_an_odd_name_is_put_as_documented() -> None:
    more = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    payload = sha256(b"Welcome to Amazon S3.").hexdigest()

    headers = SIGNER.headers("PUT", host=HOST, path="/test$file.text", payload=payload, now=NOW, more=more)

    assert signature(headers) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
