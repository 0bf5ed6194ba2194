"""Files: what people and programs bring, kept by content in a blob store: evidence of a case, attachments of what was
said. Owns uploads, their bytes, legal holds on them, and their end."""
