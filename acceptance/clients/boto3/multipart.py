"""Objects in parts."""
import hashlib
import threading

from boto3.s3.transfer import TransferConfig
from harness import equal, seeded

MIB = 1024 * 1024


def parts_of(c, key, bodies, **parameters):
    """Uploads parts, and returns the upload and what completes it."""
    upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key=key, **parameters)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = c.s3.upload_part(Bucket=c.bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    return upload, parts


def complete(c, key, upload, parts, **parameters):
    return c.s3.complete_multipart_upload(
        Bucket=c.bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **parameters
    )


def etag_of(bodies):
    """The ETag of an object in parts: the MD5 of the MD5s of its parts, and their count."""
    md5s = b"".join(hashlib.md5(body).digest() for body in bodies)
    return f'"{hashlib.md5(md5s).hexdigest()}-{len(bodies)}"'


def check_files(c):
    """a file of several parts is uploaded and downloaded by the transfer manager"""
    body = seeded("file", 45 * MIB + 12_345)
    with open(c.path("up"), "wb") as file:
        file.write(body)
    c.s3.upload_file(c.path("up"), c.bucket, "big file")
    head = c.s3.head_object(Bucket=c.bucket, Key="big file")
    equal(head["ContentLength"], len(body))
    equal(head["ETag"], etag_of([body[at : at + 8 * MIB] for at in range(0, len(body), 8 * MIB)]))
    c.s3.download_file(c.bucket, "big file", c.path("down"))
    with open(c.path("down"), "rb") as file:
        equal(file.read() == body, True)


def check_managed_copy(c):
    """a large object is copied in parts"""
    body = seeded("managed copy", 20 * MIB)
    c.put("source", body)
    small = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB)
    c.s3.copy({"Bucket": c.bucket, "Key": "source"}, c.bucket, "copy", Config=small)
    equal(c.s3.head_object(Bucket=c.bucket, Key="copy")["ETag"].endswith('-4"'), True)
    equal(c.get("copy") == body, True)


def check_by_hand(c):
    """parts in any order and replaced make the object that they were completed with"""
    upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key="k", Metadata={"m": "1"}, ContentType="text/plain")[
        "UploadId"
    ]
    bodies = {9: seeded("nine", 5 * MIB), 2: seeded("two", 6 * MIB), 10_000: seeded("last", 1000)}
    c.s3.upload_part(Bucket=c.bucket, Key="k", UploadId=upload, PartNumber=2, Body=b"replaced")
    etags = {}
    for number, body in bodies.items():
        part = c.s3.upload_part(Bucket=c.bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)
        equal(part["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
        etags[number] = part["ETag"]
    pages = c.s3.get_paginator("list_parts").paginate(
        Bucket=c.bucket, Key="k", UploadId=upload, PaginationConfig={"PageSize": 2}
    )
    listed = [(part["PartNumber"], part["Size"], part["ETag"]) for page in pages for part in page["Parts"]]
    equal(listed, [(number, len(bodies[number]), etags[number]) for number in (2, 9, 10_000)])
    parts = [{"PartNumber": number, "ETag": etags[number]} for number in (2, 9, 10_000)]
    done = complete(c, "k", upload, parts)
    whole = [bodies[2], bodies[9], bodies[10_000]]
    equal(done["ETag"], etag_of(whole))
    answer = c.s3.get_object(Bucket=c.bucket, Key="k")
    equal(answer["Body"].read() == b"".join(whole), True)
    equal((answer["Metadata"], answer["ContentType"]), ({"m": "1"}, "text/plain"))
    # Again: the reply may have been lost.
    equal(complete(c, "k", upload, parts)["ETag"], done["ETag"])
    for index, body in enumerate(whole, 1):
        part = c.s3.get_object(Bucket=c.bucket, Key="k", PartNumber=index)
        equal(part["Body"].read() == body, True)
        equal((part["PartsCount"], part["ETag"]), (3, done["ETag"]))
    head = c.s3.head_object(Bucket=c.bucket, Key="k", PartNumber=3)
    equal((head["ContentLength"], head["PartsCount"]), (1000, 3))
    c.refused(400, "InvalidPart", c.s3.get_object, Bucket=c.bucket, Key="k", PartNumber=4)


def check_refusals(c):
    """completions that cannot be are refused, and the upload stays"""
    upload, parts = parts_of(c, "k", [seeded("a", 5 * MIB), b"tail"])
    first, second = parts
    c.refused(400, "InvalidPartOrder", complete, c=c, key="k", upload=upload, parts=[second, first])
    wrong = {"PartNumber": 1, "ETag": second["ETag"]}
    c.refused(400, "InvalidPart", complete, c=c, key="k", upload=upload, parts=[wrong, second])
    missing = {"PartNumber": 3, "ETag": first["ETag"]}
    c.refused(400, "InvalidPart", complete, c=c, key="k", upload=upload, parts=[first, missing])
    c.refused(400, "MalformedXML", complete, c=c, key="k", upload=upload, parts=[])
    small, small_parts = parts_of(c, "small", [b"too small", b"tail"])
    c.refused(400, "EntityTooSmall", complete, c=c, key="small", upload=small, parts=small_parts)
    part = {"Bucket": c.bucket, "Key": "k", "UploadId": upload, "Body": b""}
    for number in (0, 10_001):
        c.refused(400, "InvalidArgument", c.s3.upload_part, **part, PartNumber=number)
    c.refused(404, "NoSuchUpload", c.s3.upload_part, **{**part, "UploadId": "bm9uZQ"}, PartNumber=1)
    c.refused(404, "NoSuchUpload", complete, c=c, key="k", upload="bm9uZQ", parts=parts)
    c.refused(404, "NoSuchKey", c.s3.get_object, Bucket=c.bucket, Key="k")
    complete(c, "k", upload, parts)


def check_abort(c):
    """an aborted upload is gone with its parts"""
    upload, parts = parts_of(c, "k", [seeded("a", 5 * MIB)])
    c.s3.abort_multipart_upload(Bucket=c.bucket, Key="k", UploadId=upload)
    c.refused(404, "NoSuchUpload", c.s3.list_parts, Bucket=c.bucket, Key="k", UploadId=upload)
    c.refused(404, "NoSuchUpload", complete, c=c, key="k", upload=upload, parts=parts)
    equal(c.s3.list_multipart_uploads(Bucket=c.bucket).get("Uploads"), None)


def check_uploads_listed(c):
    """uploads under way are listed in pages, by key and by time, with prefixes"""
    expected = []
    for key in ("a", "a", "b/1", "b/2 +ü", "c"):
        upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key=key)["UploadId"]
        expected.append((key, upload))
    for size in (1, 2, 1000):
        pages = c.s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=c.bucket, PaginationConfig={"PageSize": size}
        )
        equal([(u["Key"], u["UploadId"]) for page in pages for u in page.get("Uploads", [])], expected)
    page = c.s3.list_multipart_uploads(Bucket=c.bucket, Delimiter="/")
    equal([u["Key"] for u in page["Uploads"]], ["a", "a", "c"])
    equal([p["Prefix"] for p in page["CommonPrefixes"]], ["b/"])
    page = c.s3.list_multipart_uploads(Bucket=c.bucket, Prefix="b/")
    equal([u["Key"] for u in page["Uploads"]], ["b/1", "b/2 +ü"])


def check_part_copies(c):
    """parts are copied from ranges of other objects"""
    body = seeded("part copies", 12 * MIB)
    c.put("source ü+", body)
    source = {"Bucket": c.bucket, "Key": "source ü+"}
    upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key="k")["UploadId"]
    part = {"Bucket": c.bucket, "Key": "k", "UploadId": upload, "CopySource": source}
    ranges = [(0, 5 * MIB), (3, 6 * MIB), (12 * MIB - 10, 12 * MIB)]
    parts = []
    for number, (begin, end) in enumerate(ranges, 1):
        answer = c.s3.upload_part_copy(**part, PartNumber=number, CopySourceRange=f"bytes={begin}-{end - 1}")
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    bad = {**part, "PartNumber": 9}
    c.refused(416, "InvalidRange", c.s3.upload_part_copy, **bad, CopySourceRange="bytes=0-99999999")
    c.refused(400, "InvalidArgument", c.s3.upload_part_copy, **bad, CopySourceRange="bytes=5-2")
    complete(c, "k", upload, parts)
    c.s3.delete_object(Bucket=c.bucket, Key="source ü+")
    equal(c.get("k") == b"".join(body[begin:end] for begin, end in ranges), True)


def check_parts_in_parallel(c):
    """many parts at a time, each through a connection of its own"""
    body = seeded("parallel", 80 * MIB)
    upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key="k")["UploadId"]
    parts = {}

    def send(numbers):
        client = c.client()
        for number in numbers:
            at = (number - 1) * 5 * MIB
            part = client.upload_part(
                Bucket=c.bucket, Key="k", UploadId=upload, PartNumber=number, Body=body[at : at + 5 * MIB]
            )
            parts[number] = part["ETag"]

    senders = [threading.Thread(target=send, args=(range(first, 17, 4),)) for first in range(1, 5)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    complete(c, "k", upload, [{"PartNumber": number, "ETag": parts[number]} for number in sorted(parts)])
    equal(c.get("k") == body, True)
