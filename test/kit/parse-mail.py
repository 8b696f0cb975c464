"""Reads messages (JSON list of base64) from standard input, and writes what Python's email finds in each."""
import base64
import json
import sys
from email.parser import BytesHeaderParser


def read(message):
    parsed = BytesHeaderParser().parsebytes(base64.b64decode(message))
    body = parsed.get_payload(decode=True)
    return {
        "fields": [[name, str(value)] for name, value in parsed.items()],
        "body": base64.b64encode(body).decode(),
        "defects": [type(defect).__name__ for defect in parsed.defects],
    }


json.dump([read(message) for message in json.load(sys.stdin)], sys.stdout)
