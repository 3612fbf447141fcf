"""Records requests that boto3 signs, as test/golden/botocore.json.

    python3 -m venv VENV && VENV/bin/pip install boto3
    VENV/bin/python tools/record-botocore.py > test/golden/botocore.json

Nothing is sent: each request is caught when it is complete, and answered with an empty 200. The clock stands still.
"""

import base64
import datetime
import io
import json
import logging
import sys
from unittest import mock

import boto3
import botocore
from botocore.awsrequest import AWSResponse
from botocore.config import Config

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "eu-central-1"
NOW = datetime.datetime(2026, 11, 21, 13, 41, 0)

# Keys that tell a signer which normalises or encodes otherwise from one that does as S3 does.
KEYS = [
    "plain.txt",
    "a b.txt",
    "a+b.txt",
    "a%2Fb.txt",
    "100%.csv",
    "été/ключ/鍵/🔑",
    "//twice//slashed//",
    "a/../b",
    "./a/./b",
    "..",
    "tilde~star*quote'(paren)!",
    "question?versionId=3#hash",
    "semi;colon:at@amp&equals=comma,dollar$",
    'brackets[]{}|\\^`"<>',
    "trailing/",
    "\x01control\x7f",
    "no-break\u00a0space",
]

logging.getLogger("botocore").setLevel(logging.CRITICAL)
vectors = []


def record(name, call, *, key=None, scheme="http", style="path", signature="s3v4", token=None):
    """Calls an operation of a client that sends nothing, and keeps the request that it would have sent.

    The first word of the name is the operation."""
    client = boto3.client(
        "s3",
        endpoint_url=f"{scheme}://s3.example.test:9000",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_KEY,
        aws_session_token=token,
        region_name=REGION,
        config=Config(signature_version=signature, s3={"addressing_style": style}, retries={"max_attempts": 1}),
    )
    caught = []

    def catch(request, **_):
        body = request.body
        if hasattr(body, "read"):
            body = body.read()
        if isinstance(body, str):
            body = body.encode()
        caught.append((request.method, request.url, list(request.headers.items()), body or b""))
        return AWSResponse(request.url, 200, {}, None)

    client.meta.events.register("before-send.s3", catch)
    result = None
    try:
        result = call(client)
    except Exception as error:  # The empty answer is not one that every operation can parse.
        if not caught:
            raise error
    keep(name, key, caught[-1] if caught else ("GET", result, [], b""))
    client.close()


def keep(name, key, request):
    method, url, headers, body = request
    host, _, rest = url.split("://", 1)[1].partition("/")
    raw = [["Host", host]]
    # What differs from run to run, and is not signed, is left out.
    raw += [[name, as_latin1(value)] for name, value in headers if not name.lower().startswith(("user-agent", "amz-sdk-"))]
    vectors.append(
        {
            "name": name,
            "key": key,
            "method": method,
            "target": "/" + rest,
            "headers": [text for pair in raw for text in pair],
            "bodyBase64": base64.b64encode(body).decode(),
        }
    )


def as_latin1(value):
    """What the bytes on the wire look like to a reader who takes each for a character."""
    return value.decode("latin1") if isinstance(value, bytes) else str(value).encode("utf-8").decode("latin1")


def record_keys():
    for key in KEYS:
        of_key = {"Bucket": "photos", "Key": key}
        get = lambda c: c.get_object(**of_key)
        record(f"getObject {key!r} by path", get, key=key)
        record(f"getObject {key!r} by host", get, key=key, style="virtual")
        record(f"headObject {key!r}", lambda c: c.head_object(**of_key, VersionId="v1"), key=key)
        record(f"putObject {key!r}", lambda c: c.put_object(**of_key, Body=b"hello", Metadata={"a": "1  2"}), key=key)
        record(f"copyObject {key!r}", lambda c: c.copy_object(Bucket="copies", Key="copy", CopySource=of_key), key="copy")
        presign = lambda c: c.generate_presigned_url("get_object", Params=of_key)
        record(f"getObject {key!r} presigned", presign, key=key)
        record(f"getObject {key!r} presigned with version 2", presign, key=key, signature="s3")


def record_operations():
    of_k = {"Bucket": "photos", "Key": "k"}
    record("listBuckets", lambda c: c.list_buckets())
    record("listObjectsV2", lambda c: c.list_objects_v2(Bucket="photos", Prefix="a b/ü+", Delimiter="/", MaxKeys=2))
    record("listObjectVersions", lambda c: c.list_object_versions(Bucket="photos", KeyMarker="k&=1"))
    delete = {"Objects": [{"Key": "a<b"}, {"Key": "é"}], "Quiet": True}
    record("deleteObjects", lambda c: c.delete_objects(Bucket="photos", Delete=delete))
    tags = {"TagSet": [{"Key": "k", "Value": "v w"}]}
    record("putObjectTagging", lambda c: c.put_object_tagging(**of_k, Tagging=tags), key="k")
    record("createMultipartUpload", lambda c: c.create_multipart_upload(**of_k), key="k")
    part = {"UploadId": "u/1==", "PartNumber": 3}
    record("uploadPart", lambda c: c.upload_part(**of_k, **part, Body=b"x" * 100), key="k")
    record("getObject with a session token", lambda c: c.get_object(**of_k), key="k", token="FwoG/+==")
    record("getObject with a range", lambda c: c.get_object(**of_k, Range="bytes=0-9", IfMatch='"e"'), key="k")


def record_bodies():
    of_k = {"Bucket": "photos", "Key": "k"}
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        put = lambda c: c.put_object(**of_k, Body=io.BytesIO(b"hello" * 50), ChecksumAlgorithm=algorithm)
        record(f"putObject with {algorithm} over http", put, key="k")
        record(f"putObject with {algorithm} over https", put, key="k", scheme="https")
    encoded = lambda c: c.put_object(**of_k, Body=b"{}", ContentEncoding="gzip")
    record("putObject with a coding over https", encoded, key="k", scheme="https")
    record("putObject empty over https", lambda c: c.put_object(**of_k, Body=b""), key="k", scheme="https")


def record_presigned():
    of_k = {"Bucket": "photos", "Key": "k"}
    put = {**of_k, "Metadata": {"color": "sky blue"}, "ContentType": "text/plain"}
    get = {**of_k, "ResponseContentType": "text/html; charset=ü", "VersionId": "v 1"}
    for signature in ("s3", "s3v4"):
        presign = lambda c: c.generate_presigned_url("put_object", Params=put, HttpMethod="PUT")
        record(f"putObject presigned ({signature})", presign, key="k", signature=signature)
        vectors[-1]["method"] = "PUT"
        if signature == "s3v4":
            vectors[-1]["headers"] += ["x-amz-meta-color", "sky blue", "Content-Type", "text/plain"]
        presign = lambda c: c.generate_presigned_url("get_object", Params=get)
        record(f"getObject presigned with overrides ({signature})", presign, key="k", signature=signature)
        record(f"getObject presigned by host ({signature})", presign, key="k", signature=signature, style="virtual")
        record(f"getObject presigned with a token ({signature})", presign, key="k", signature=signature, token="FwoG/+==")


def record_forms():
    forms = []
    for signature in ("s3", "s3v4"):
        client = boto3.client(
            "s3",
            endpoint_url="http://s3.example.test:9000",
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            config=Config(signature_version=signature),
        )
        conditions = [["starts-with", "$Content-Type", "text/"], ["content-length-range", 1, 1024]]
        form = client.generate_presigned_post("photos", "user/${filename}", Conditions=conditions, ExpiresIn=600)
        forms.append({"signature": signature, "fields": form["fields"]})
    return forms


class StillClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW.replace(tzinfo=tz)


def main():
    still = lambda remove_tzinfo=True: NOW if remove_tzinfo else NOW.replace(tzinfo=datetime.timezone.utc)
    seconds = NOW.replace(tzinfo=datetime.timezone.utc).timestamp()
    with (
        mock.patch("botocore.auth.get_current_datetime", still),
        mock.patch("botocore.signers.get_current_datetime", still, create=True),
        mock.patch("botocore.signers.datetime.datetime", StillClock, create=True),
        mock.patch("time.time", lambda: seconds),
    ):
        record_keys()
        record_operations()
        record_bodies()
        record_presigned()
        forms = record_forms()
    document = {
        "recordedWith": f"botocore {botocore.__version__}",
        "accessKeyId": ACCESS_KEY_ID,
        "secretKey": SECRET_KEY,
        "region": REGION,
        "nowMs": int(seconds * 1000),
        "requests": vectors,
        "forms": forms,
    }
    json.dump(document, sys.stdout, indent=1, ensure_ascii=True)
    print()


main()
