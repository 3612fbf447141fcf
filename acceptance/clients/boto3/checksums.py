"""Checksums: every algorithm, in headers over HTTP and in trailers over HTTPS."""
import base64
import hashlib
import struct
import zlib

from awscrt import checksums as crt
from harness import equal, seeded
from multipart import MIB

ALGORITHMS = {
    "CRC32": lambda data: struct.pack(">I", zlib.crc32(data)),
    "CRC32C": lambda data: struct.pack(">I", crt.crc32c(data)),
    "CRC64NVME": lambda data: struct.pack(">Q", crt.crc64nvme(data)),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


def text(algorithm, data):
    return base64.b64encode(ALGORITHMS[algorithm](data)).decode()


def composite(algorithm, bodies):
    """The checksum of the checksums of the parts, and their count."""
    return f"{text(algorithm, b''.join(ALGORITHMS[algorithm](body) for body in bodies))}-{len(bodies)}"


def check_default(c):
    """without any setting an object has a CRC32, which a reader checks"""
    body = seeded("default", 300_000)
    written = c.put("object", body)
    equal(written["ChecksumCRC32"], text("CRC32", body))
    head = c.s3.head_object(Bucket=c.bucket, Key="object", ChecksumMode="ENABLED")
    equal((head["ChecksumCRC32"], head["ChecksumType"]), (text("CRC32", body), "FULL_OBJECT"))
    plain = c.s3.head_object(Bucket=c.bucket, Key="object")
    assert "ChecksumCRC32" not in plain, plain
    equal(c.get("object", ChecksumMode="ENABLED"), body)


def check_every_algorithm(c):
    """each algorithm is computed by the client, checked, kept and told"""
    for algorithm in ALGORITHMS:
        for size in (0, 10, 200_000):
            body = seeded(f"{algorithm} {size}", size)
            key = f"{algorithm} {size}"
            written = c.put(key, body, ChecksumAlgorithm=algorithm)
            equal(written[f"Checksum{algorithm}"], text(algorithm, body))
            head = c.s3.head_object(Bucket=c.bucket, Key=key, ChecksumMode="ENABLED")
            equal(head[f"Checksum{algorithm}"], text(algorithm, body))
            equal(c.get(key), body)


def check_given(c):
    """a checksum that the caller gives is held against the bytes"""
    for algorithm in ALGORITHMS:
        name = f"Checksum{algorithm}"
        c.put("right", b"right", **{name: text(algorithm, b"right")})
        wrong = {"Bucket": c.bucket, "Key": "wrong", "Body": b"right", name: text(algorithm, b"wrong")}
        c.refused(400, "BadDigest", c.s3.put_object, **wrong)
        broken = {**wrong, name: "no checksum"}
        c.refused(400, "BadDigest", c.s3.put_object, **broken)
    wrong_md5 = base64.b64encode(hashlib.md5(b"wrong").digest()).decode()
    c.refused(400, "BadDigest", c.s3.put_object, Bucket=c.bucket, Key="wrong", Body=b"r", ContentMD5=wrong_md5)
    c.refused(400, "InvalidDigest", c.s3.put_object, Bucket=c.bucket, Key="wrong", Body=b"r", ContentMD5="abc")
    c.refused(404, "NoSuchKey", c.s3.get_object, Bucket=c.bucket, Key="wrong")


def check_only_when_required(c):
    """clients that add no checksum of their own get none"""
    client = c.client(request_checksum_calculation="when_required", response_checksum_validation="when_required")
    client.put_object(Bucket=c.bucket, Key="k", Body=b"body")
    equal(client.get_object(Bucket=c.bucket, Key="k")["Body"].read(), b"body")
    equal(client.delete_objects(Bucket=c.bucket, Delete={"Objects": [{"Key": "k"}]})["Deleted"], [{"Key": "k"}])


def upload(c, algorithm, kind, bodies):
    key = f"{algorithm} {kind}"
    begun = c.s3.create_multipart_upload(
        Bucket=c.bucket, Key=key, ChecksumAlgorithm=algorithm, **({"ChecksumType": kind} if kind else {})
    )
    parts = []
    for number, body in enumerate(bodies, 1):
        part = c.s3.upload_part(
            Bucket=c.bucket,
            Key=key,
            UploadId=begun["UploadId"],
            PartNumber=number,
            Body=body,
            ChecksumAlgorithm=algorithm,
        )
        name = f"Checksum{algorithm}"
        equal(part[name], text(algorithm, body))
        parts.append({"PartNumber": number, "ETag": part["ETag"], name: part[name]})
    return c.s3.complete_multipart_upload(
        Bucket=c.bucket, Key=key, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts}
    )


def check_composite(c):
    """an object in parts has the checksum of its parts' checksums"""
    bodies = [seeded("composite 1", 5 * MIB), seeded("composite 2", 1000)]
    for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256"):
        done = upload(c, algorithm, "COMPOSITE", bodies)
        equal((done[f"Checksum{algorithm}"], done["ChecksumType"]), (composite(algorithm, bodies), "COMPOSITE"))
        head = c.s3.head_object(Bucket=c.bucket, Key=f"{algorithm} COMPOSITE", ChecksumMode="ENABLED")
        equal((head[f"Checksum{algorithm}"], head["ChecksumType"]), (composite(algorithm, bodies), "COMPOSITE"))
        equal(c.get(f"{algorithm} COMPOSITE", ChecksumMode="ENABLED") == b"".join(bodies), True)
        part = c.s3.get_object(
            Bucket=c.bucket, Key=f"{algorithm} COMPOSITE", PartNumber=2, ChecksumMode="ENABLED"
        )
        equal(part["Body"].read(), bodies[1])


def check_full_object(c):
    """an object in parts can have the checksum of all its bytes, made of those of its parts"""
    bodies = [seeded("full 1", 5 * MIB), seeded("full 2", 6 * MIB), seeded("full 3", 3)]
    whole = b"".join(bodies)
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME"):
        done = upload(c, algorithm, "FULL_OBJECT", bodies)
        equal((done[f"Checksum{algorithm}"], done["ChecksumType"]), (text(algorithm, whole), "FULL_OBJECT"))
        equal(c.get(f"{algorithm} FULL_OBJECT", ChecksumMode="ENABLED") == whole, True)


def check_kinds_that_cannot_be(c):
    """a composite CRC64NVME and a full SHA256 of parts are refused"""
    begin = c.s3.create_multipart_upload
    impossible = [("CRC64NVME", "COMPOSITE"), ("SHA256", "FULL_OBJECT"), ("SHA1", "FULL_OBJECT")]
    for algorithm, kind in impossible:
        c.refused(
            400, "InvalidRequest", begin, Bucket=c.bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )


def check_wrong_in_parts(c):
    """parts and completions with wrong checksums are refused"""
    begun = c.s3.create_multipart_upload(Bucket=c.bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    part = {"Bucket": c.bucket, "Key": "k", "UploadId": begun, "PartNumber": 1, "Body": b"part"}
    c.refused(400, "BadDigest", c.s3.upload_part, **part, ChecksumSHA256=text("SHA256", b"other"))
    done = c.s3.upload_part(**part, ChecksumAlgorithm="SHA256")
    wrong = {"PartNumber": 1, "ETag": done["ETag"], "ChecksumSHA256": text("SHA256", b"other")}
    c.refused(
        400,
        ("InvalidPart", "BadDigest"),
        c.s3.complete_multipart_upload,
        Bucket=c.bucket,
        Key="k",
        UploadId=begun,
        MultipartUpload={"Parts": [wrong]},
    )
    c.refused(404, "NoSuchKey", c.s3.get_object, Bucket=c.bucket, Key="k")
