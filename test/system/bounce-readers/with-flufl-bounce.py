"""Prints what flufl.bounce (Mailman's reader of bounces) finds in each file: {file: {"failed": [...], "delayed": [...]}}."""

import email
import json
import sys

from flufl.bounce import all_failures

found = {}
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        temporary, permanent = all_failures(email.message_from_binary_file(file))
    found[path] = {
        "failed": sorted(address.decode() for address in permanent),
        "delayed": sorted(address.decode() for address in temporary),
    }
print(json.dumps(found))
