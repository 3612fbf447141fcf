"""Objects: writing, reading, copying, deleting, tags."""
import datetime
import hashlib
import io
import os
import threading

from harness import equal, seeded


def check_round_trip(c):
    """an object comes back with its bytes, metadata and headers"""
    body = seeded("round trip", 100_000)
    headers = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a b.bin"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "application/x-sample; charset=utf-8",
        "Expires": datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    }
    written = c.put("dir/object", body, Metadata={"colour": "blue", "empty": ""}, **headers)
    equal(written["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
    read = c.s3.get_object(Bucket=c.bucket, Key="dir/object")
    equal(read["Body"].read(), body)
    head = c.s3.head_object(Bucket=c.bucket, Key="dir/object")
    for answer in (read, head):
        equal(answer["ContentLength"], len(body))
        equal(answer["ETag"], written["ETag"])
        equal(answer["Metadata"], {"colour": "blue", "empty": ""})
        for name, value in headers.items():
            equal(answer[name], value)
        age = datetime.datetime.now(datetime.timezone.utc) - answer["LastModified"]
        assert -2 < age.total_seconds() < 300, age
        equal(answer["AcceptRanges"], "bytes")


def check_sizes(c):
    """objects of every size around the borders of blocks come back byte for byte"""
    for size in (0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 131_073, 1_048_576, 1_048_577, 9_000_001):
        body = seeded(f"size {size}", size)
        c.put(f"{size}", body)
        equal(hashlib.sha256(c.get(f"{size}")).hexdigest(), hashlib.sha256(body).hexdigest())


def check_ranges(c):
    """ranges select bytes, and those that cannot be are refused"""
    body = seeded("ranges", 200_000)
    c.put("object", body)
    cases = {
        "bytes=0-0": body[:1],
        "bytes=65530-65545": body[65_530:65_546],
        "bytes=199999-": body[199_999:],
        "bytes=100-999999": body[100:],
        "bytes=-7": body[-7:],
        "bytes=-999999": body,
        # Not ranges at all: the whole object.
        "bytes=3-1": body,
        "bytes=abc": body,
        "items=0-1": body,
    }
    for asked, expected in cases.items():
        equal(c.get("object", Range=asked), expected)
    answer = c.s3.get_object(Bucket=c.bucket, Key="object", Range="bytes=5-9")
    equal(answer["ContentRange"], "bytes 5-9/200000")
    equal(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
    c.refused(416, "InvalidRange", c.s3.get_object, Bucket=c.bucket, Key="object", Range="bytes=200000-")
    c.put("empty", b"")
    c.refused(416, "InvalidRange", c.s3.get_object, Bucket=c.bucket, Key="empty", Range="bytes=0-")


def check_stored_compressed(c):
    """an object stored with Content-Encoding gzip comes back as it is"""
    import gzip

    body = gzip.compress(b"text " * 1000)
    c.put("text.gz", body, ContentEncoding="gzip")
    equal(c.get("text.gz"), body)


def check_response_overrides(c):
    """a reader may ask for other headers than those stored"""
    c.put("object", ContentType="text/plain")
    answer = c.s3.get_object(
        Bucket=c.bucket,
        Key="object",
        ResponseContentType="text/html",
        ResponseCacheControl="no-store",
        ResponseContentDisposition="inline; filename=ü".encode().decode("latin1"),
    )
    equal(answer["ContentType"], "text/html")
    equal(answer["CacheControl"], "no-store")


def check_overwrite(c):
    """a second write takes the place of the first, under concurrent readers too"""
    bodies = [seeded(f"overwrite {n}", 300_000) for n in range(8)]
    c.put("object", bodies[0])
    bad = []

    def read():
        client = c.client()
        for _ in range(15):
            body = client.get_object(Bucket=c.bucket, Key="object")["Body"].read()
            if body not in bodies:
                bad.append(len(body))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for body in bodies[1:]:
        c.put("object", body)
        equal(c.get("object") == body, True)
    for reader in readers:
        reader.join()
    equal(bad, [])


def check_upload_of_a_pipe(c):
    """a stream of unknown length is uploaded"""
    body = seeded("pipe", 20_000_000)
    reading, writing = os.pipe()

    def feed():
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(body)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with os.fdopen(reading, "rb") as pipe:
        c.s3.upload_fileobj(pipe, c.bucket, "from a pipe")
    feeder.join()
    target = io.BytesIO()
    c.s3.download_fileobj(c.bucket, "from a pipe", target)
    equal(target.getvalue() == body, True)


def check_copy(c):
    """a copy has the bytes, and the metadata that was asked for"""
    source = "from/a+b c%20ü?versionId=x&y"
    c.put(source, b"copied", Metadata={"a": "1"}, ContentType="text/css")
    where = {"Bucket": c.bucket, "Key": source}
    copied = c.s3.copy_object(Bucket=c.bucket, Key="same", CopySource=where)
    equal(copied["CopyObjectResult"]["ETag"], f'"{hashlib.md5(b"copied").hexdigest()}"')
    equal(c.get("same"), b"copied")
    head = c.s3.head_object(Bucket=c.bucket, Key="same")
    equal((head["Metadata"], head["ContentType"]), ({"a": "1"}, "text/css"))
    c.s3.copy_object(
        Bucket=c.bucket,
        Key="other",
        CopySource=where,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        ContentType="text/html",
    )
    head = c.s3.head_object(Bucket=c.bucket, Key="other")
    equal((head["Metadata"], head["ContentType"]), ({"b": "2"}, "text/html"))
    # Onto itself only with a change, which is how metadata is edited.
    c.refused(400, "InvalidRequest", c.s3.copy_object, Bucket=c.bucket, Key=source, CopySource=where)
    c.s3.copy_object(
        Bucket=c.bucket, Key=source, CopySource=where, MetadataDirective="REPLACE", Metadata={"edited": "yes"}
    )
    equal(c.s3.head_object(Bucket=c.bucket, Key=source)["Metadata"], {"edited": "yes"})
    equal(c.get(source), b"copied")
    missing = {"Bucket": c.bucket, "Key": "missing"}
    c.refused(404, "NoSuchKey", c.s3.copy_object, Bucket=c.bucket, Key="k", CopySource=missing)
    # The source goes; its copies stay.
    c.s3.delete_object(Bucket=c.bucket, Key=source)
    equal(c.get("same"), b"copied")


def check_delete(c):
    """what is deleted is gone, and deleting what is not there is no error"""
    c.put("object")
    for _ in range(2):
        equal(c.s3.delete_object(Bucket=c.bucket, Key="object")["ResponseMetadata"]["HTTPStatusCode"], 204)
    c.refused(404, "NoSuchKey", c.s3.get_object, Bucket=c.bucket, Key="object")
    c.refused(404, "404", c.s3.head_object, Bucket=c.bucket, Key="object")


def check_delete_many(c):
    """a thousand odd keys are deleted in one request"""
    keys = [f"k&<>\"'{n}+%/ü" if n % 10 == 0 else f"plain/{n}" for n in range(1000)]
    for n in range(0, 1000, 10):
        c.put(keys[n], b"")
    answer = c.s3.delete_objects(Bucket=c.bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    equal(sorted(deleted["Key"] for deleted in answer["Deleted"]), sorted(keys))
    equal(answer.get("Errors"), None)
    equal(c.s3.list_objects_v2(Bucket=c.bucket)["KeyCount"], 0)
    c.put("quiet")
    answer = c.s3.delete_objects(Bucket=c.bucket, Delete={"Objects": [{"Key": "quiet"}], "Quiet": True})
    equal((answer.get("Deleted"), answer.get("Errors")), (None, None))
    c.refused(
        400,
        "MalformedXML",
        c.s3.delete_objects,
        Bucket=c.bucket,
        Delete={"Objects": [{"Key": f"{n}"} for n in range(1001)]},
    )


def check_tags(c):
    """tags are written with an object or later, read, and removed"""
    c.put("object", Tagging="colour=blue&with%20space=a%2Bb")
    tags = c.s3.get_object_tagging(Bucket=c.bucket, Key="object")["TagSet"]
    expected = [{"Key": "colour", "Value": "blue"}, {"Key": "with space", "Value": "a+b"}]
    equal(sorted(tags, key=lambda tag: tag["Key"]), expected)
    equal(c.s3.get_object(Bucket=c.bucket, Key="object")["TagCount"], 2)
    ten = [{"Key": f"k{n}", "Value": "ü &<>"[: n % 5]} for n in range(10)]
    # What S3 allows in tags: letters, digits, spaces and _ . : / = + - @
    ten = [{"Key": tag["Key"], "Value": tag["Value"].translate(str.maketrans("&<>", "@=+"))} for tag in ten]
    c.s3.put_object_tagging(Bucket=c.bucket, Key="object", Tagging={"TagSet": ten})
    tags = c.s3.get_object_tagging(Bucket=c.bucket, Key="object")["TagSet"]
    equal(sorted(tags, key=lambda tag: tag["Key"]), ten)
    eleven = [*ten, {"Key": "k10", "Value": ""}]
    c.refused(
        400,
        ("BadRequest", "InvalidTag"),
        c.s3.put_object_tagging,
        Bucket=c.bucket,
        Key="object",
        Tagging={"TagSet": eleven},
    )
    c.s3.delete_object_tagging(Bucket=c.bucket, Key="object")
    equal(c.s3.get_object_tagging(Bucket=c.bucket, Key="object")["TagSet"], [])
    c.refused(404, "NoSuchKey", c.s3.get_object_tagging, Bucket=c.bucket, Key="missing")


def check_attributes(c):
    """attributes of an object are told"""
    c.put("object", b"12345", ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    answer = c.s3.get_object_attributes(Bucket=c.bucket, Key="object", ObjectAttributes=wanted)
    equal(answer["ETag"], hashlib.md5(b"12345").hexdigest())
    equal(answer["ObjectSize"], 5)
    equal(answer["StorageClass"], "STANDARD")
    equal(answer["Checksum"]["ChecksumSHA256"], "WZRHGrsBESr8wYFZ9sx0tPURuZgG2lmzyvWpwXPKz8U=")


def check_buckets(c):
    """buckets are made, listed, found and removed when they are empty"""
    names = [bucket["Name"] for bucket in c.s3.list_buckets()["Buckets"]]
    assert c.bucket in names, names
    equal(names, sorted(names))
    equal(c.s3.head_bucket(Bucket=c.bucket)["ResponseMetadata"]["HTTPStatusCode"], 200)
    equal(c.s3.get_bucket_location(Bucket=c.bucket)["LocationConstraint"], None)
    c.put("object")
    c.refused(409, "BucketNotEmpty", c.s3.delete_bucket, Bucket=c.bucket)
    c.s3.delete_object(Bucket=c.bucket, Key="object")
    c.s3.delete_bucket(Bucket=c.bucket)
    c.refused(404, "404", c.s3.head_bucket, Bucket=c.bucket)
    c.refused(404, "NoSuchBucket", c.s3.put_object, Bucket=c.bucket, Key="k", Body=b"")
    c.refused(404, "NoSuchBucket", c.s3.list_objects_v2, Bucket=c.bucket)
    client = c.client()
    client.meta.events.unregister("before-parameter-build.s3.CreateBucket")
    for name in ("Upper", "a_b", "a..b", "192.168.5.4", "-ab", "a"):
        c.refused(400, "InvalidBucketName", client.create_bucket, Bucket=name)


def check_what_is_not_served(c):
    """operations that would have no effect are refused by name"""
    c.put("object")
    bucket = {"Bucket": c.bucket}
    refusals = [
        (c.s3.put_bucket_versioning, {**bucket, "VersioningConfiguration": {"Status": "Enabled"}}),
        (c.s3.put_bucket_policy, {**bucket, "Policy": "{}"}),
        (c.s3.put_bucket_lifecycle_configuration, {**bucket, "LifecycleConfiguration": {"Rules": []}}),
        (c.s3.put_object_legal_hold, {**bucket, "Key": "object", "LegalHold": {"Status": "ON"}}),
        (c.s3.get_bucket_cors, bucket),
        (c.s3.restore_object, {**bucket, "Key": "object", "RestoreRequest": {"Days": 1}}),
    ]
    for operation, parameters in refusals:
        answer = c.refused(501, "NotImplemented", operation, **parameters)
        name = "".join(word.capitalize() for word in operation.__name__.split("_"))
        assert name[3:].lower() in answer["Error"]["Message"].lower(), (name, answer["Error"])
