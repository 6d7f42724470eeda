"""TOML by another parser: a line of base64 in, a line of JSON (or `no`) out."""

import base64
import json
import sys
import tomllib

for line in sys.stdin:
    try:
        text = base64.b64decode(line).decode("utf-8")
        print(json.dumps(tomllib.loads(text), default=str, sort_keys=True), flush=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, RecursionError):
        print("no", flush=True)
