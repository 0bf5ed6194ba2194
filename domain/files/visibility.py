"""Who may see files: whoever may see what they belong to, and until then whoever brought them."""

from domain.cases.visibility import CASES, SENSITIVE
from domain.core import predicates as p
from domain.files.filters import EVIDENCE, FILE
from domain.inquiries.visibility import MESSAGES

OF_A_CASE = FILE["subject_type"].eq("case")
FILES = (
    (OF_A_CASE & FILE.related("case").that(CASES))
    | (FILE["subject_type"].eq("inquiry") & FILE.related("message").that(MESSAGES))
    | (FILE["subject_type"].is_null() & FILE["owner_id"].eq(p.viewer("id")))
)
EVIDENCES = EVIDENCE.related("case").that(CASES)
SENSITIVE_FILES = OF_A_CASE & FILE.related("case").that(SENSITIVE)
"""Files of which it is written down who was shown them."""
