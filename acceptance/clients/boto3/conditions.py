"""Conditional reads and writes."""
import datetime
import threading

from botocore.exceptions import ClientError
from harness import equal
from multipart import parts_of

OTHER = '"0123456789abcdef0123456789abcdef"'


def check_writes(c):
    """a write takes place only if its condition holds"""
    etag = c.put("k", b"first", IfNoneMatch="*")["ETag"]
    again = {"Bucket": c.bucket, "Key": "k", "Body": b"second"}
    c.refused(412, "PreconditionFailed", c.s3.put_object, **again, IfNoneMatch="*")
    c.refused(412, "PreconditionFailed", c.s3.put_object, **again, IfMatch=OTHER)
    equal(c.get("k"), b"first")
    c.put("k", b"second", IfMatch=etag)
    equal(c.get("k"), b"second")
    c.refused(412, "PreconditionFailed", c.s3.put_object, **again, IfMatch=etag)
    c.refused(404, "NoSuchKey", c.s3.put_object, Bucket=c.bucket, Key="missing", Body=b"", IfMatch=etag)


def check_completions(c):
    """so does a completion"""
    upload, parts = parts_of(c, "k", [b"in parts"])
    c.put("k", b"there")
    done = {"Bucket": c.bucket, "Key": "k", "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    c.refused(412, "PreconditionFailed", c.s3.complete_multipart_upload, **done, IfNoneMatch="*")
    equal(c.get("k"), b"there")
    c.s3.delete_object(Bucket=c.bucket, Key="k")
    c.s3.complete_multipart_upload(**done, IfNoneMatch="*")
    equal(c.get("k"), b"in parts")


def check_one_winner(c):
    """of many writers who want to be the first, exactly one is"""
    for turn in range(10):
        outcomes = []
        barrier = threading.Barrier(8)

        def write(number, key=f"lock-{turn}"):
            client = c.client(retries={"max_attempts": 0})
            barrier.wait()
            try:
                client.put_object(Bucket=c.bucket, Key=key, Body=f"{number}".encode(), IfNoneMatch="*")
                outcomes.append(("won", number))
            except ClientError as error:
                outcomes.append((error.response["ResponseMetadata"]["HTTPStatusCode"], number))

        writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        winners = [number for outcome, number in outcomes if outcome == "won"]
        equal(len(winners), 1)
        assert all(outcome in ("won", 412, 409) for outcome, _ in outcomes), outcomes
        equal(c.get(f"lock-{turn}"), f"{winners[0]}".encode())


def check_counter(c):
    """increments by compare and swap lose none"""
    c.put("counter", b"0")
    errors = []

    def increment():
        client = c.client(retries={"max_attempts": 0})
        for _ in range(10):
            while True:
                read = client.get_object(Bucket=c.bucket, Key="counter")
                value = int(read["Body"].read())
                try:
                    client.put_object(
                        Bucket=c.bucket, Key="counter", Body=f"{value + 1}".encode(), IfMatch=read["ETag"]
                    )
                    break
                except ClientError as error:
                    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                    if status not in (409, 412):
                        errors.append(error)
                        return

    workers = [threading.Thread(target=increment) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    equal(errors, [])
    equal(c.get("counter"), b"40")


def check_reads(c):
    """a read is answered only if its condition holds"""
    etag = c.put("k", b"body")["ETag"]
    written = c.s3.head_object(Bucket=c.bucket, Key="k")["LastModified"]
    hour = datetime.timedelta(hours=1)
    what = {"Bucket": c.bucket, "Key": "k"}
    equal(c.get("k", IfMatch=etag), b"body")
    equal(c.get("k", IfMatch="*"), b"body")
    equal(c.get("k", IfNoneMatch=OTHER), b"body")
    equal(c.get("k", IfModifiedSince=written - hour), b"body")
    equal(c.get("k", IfUnmodifiedSince=written + hour), b"body")
    # An entity tag comes before a date (RFC 9110, section 13.2.2).
    equal(c.get("k", IfMatch=etag, IfUnmodifiedSince=written - hour), b"body")
    for operation in (c.s3.get_object, c.s3.head_object):
        failed = "PreconditionFailed" if operation == c.s3.get_object else "412"
        c.refused(412, failed, operation, **what, IfMatch=OTHER)
        c.refused(412, failed, operation, **what, IfUnmodifiedSince=written - hour)
        c.refused(304, "304", operation, **what, IfNoneMatch=etag)
        c.refused(304, "304", operation, **what, IfModifiedSince=written)
        c.refused(304, "304", operation, **what, IfNoneMatch=etag, IfModifiedSince=written - hour)


def check_copies(c):
    """a copy is made only if the condition on its source holds"""
    etag = c.put("source", b"body")["ETag"]
    written = c.s3.head_object(Bucket=c.bucket, Key="source")["LastModified"]
    hour = datetime.timedelta(hours=1)
    copy = {"Bucket": c.bucket, "Key": "copy", "CopySource": f"{c.bucket}/source"}
    refusals = [
        {"CopySourceIfMatch": OTHER},
        {"CopySourceIfNoneMatch": etag},
        {"CopySourceIfModifiedSince": written + hour},
        {"CopySourceIfUnmodifiedSince": written - hour},
    ]
    for condition in refusals:
        c.refused(412, "PreconditionFailed", c.s3.copy_object, **copy, **condition)
    c.refused(404, "NoSuchKey", c.s3.get_object, Bucket=c.bucket, Key="copy")
    c.s3.copy_object(**copy, CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=written + hour)
    equal(c.get("copy"), b"body")
