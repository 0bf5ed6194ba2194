"""Where bytes are kept: a folder of this machine, or a bucket that speaks S3."""

from integrations.blobs.choosing import limits_of, store_of
from integrations.blobs.folder import FolderStore
from integrations.blobs.s3 import Bucket, S3Store

__all__ = ["Bucket", "FolderStore", "S3Store", "limits_of", "store_of"]
