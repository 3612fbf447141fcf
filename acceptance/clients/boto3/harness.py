"""Runs every check of the modules named on the command line, and prints one JSON object a line for each.

A check is a function whose name begins with `check_`; its docstring says what it shows. It is given a Context, with a
client in its default settings and a bucket of its own.
"""
import hashlib
import importlib
import json
import os
import re
import sys
import traceback

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError


class Context:
    def __init__(self, name):
        self.endpoint = os.environ["ENDPOINT"]
        self.folder = os.environ["FOLDER"]
        self.is_tls = self.endpoint.startswith("https")
        self.s3 = self.client()
        # Names of both transports differ, so that both can run against one server.
        self.bucket = f"boto3-{'tls-' if self.is_tls else ''}{name.replace('_', '-')}"[:63]
        self.s3.create_bucket(Bucket=self.bucket)

    def client(self, **config):
        settings = Config(**config) if config else None
        return boto3.client("s3", endpoint_url=self.endpoint, config=settings)

    def path(self, name):
        return os.path.join(self.folder, f"{self.bucket}-{name}")

    def put(self, key, body=b"body", **parameters):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **parameters)

    def get(self, key, **parameters):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **parameters)["Body"].read()

    def refused(self, status, code, operation, **parameters):
        """Calls an operation that must be refused with this status and one of these codes."""
        codes = (code,) if isinstance(code, str) else code
        try:
            operation(**parameters)
        except ClientError as error:
            answer = error.response
            came = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"])
            assert came[0] == status and came[1] in codes, f"refused with {came}, not {status} {code}"
            return answer
        raise AssertionError(f"{operation.__name__} was not refused with {status} {code}")


def seeded(seed, length):
    """Bytes that look random and are the same for the same seed."""
    return hashlib.shake_128(seed.encode()).digest(length)


def equal(left, right):
    if left == right:
        return
    raise AssertionError(f"{shown(left)}\nis not\n{shown(right)}")


def shown(value):
    text = repr(value)
    return text if len(text) < 2000 else f"{text[:500]} … ({len(text)} characters)"


def main(modules):
    for module in modules:
        checks = importlib.import_module(module).__dict__
        for name, check in checks.items():
            if not name.startswith("check_"):
                continue
            if os.environ.get("ONLY") and not re.search(os.environ["ONLY"], name):
                continue
            title = f"{module}: {check.__doc__}"
            try:
                check(Context(name.removeprefix("check_")))
                print(json.dumps({"name": title}), flush=True)
            except Exception:
                print(json.dumps({"name": title, "error": traceback.format_exc()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
