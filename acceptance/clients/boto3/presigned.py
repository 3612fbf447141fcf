"""Presigned URLs and forms, sent by a plain HTTP client."""
import json
import os
import ssl
import time
import urllib.error
import urllib.request

from harness import equal, seeded

VERSIONS = {"V4": "s3v4", "V2": "s3"}


def send(method, url, data=None, headers=None):
    """Returns status, headers and body."""
    trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    if data is not None and "Content-type" not in request.headers:
        # urllib would add a type of its own, which a V2 signature covers.
        request.add_unredirected_header("Content-type", "")
    try:
        with urllib.request.urlopen(request, context=trust) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def presigner(c, version):
    client = c.client(signature_version=VERSIONS[version])

    def url(operation, key, expires=60, **parameters):
        return client.generate_presigned_url(
            operation, Params={"Bucket": c.bucket, "Key": key, **parameters}, ExpiresIn=expires
        )

    return url


def check_urls(c):
    """who has a URL may read, write and delete with it"""
    for version in VERSIONS:
        url = presigner(c, version)
        key = f"{version}/a b+c%ü"
        body = seeded(version, 100_000)
        status, _, answer = send("PUT", url("put_object", key), body)
        equal((status, answer), (200, b""))
        equal(send("GET", url("get_object", key))[2], body)
        status, headers, _ = send("HEAD", url("head_object", key))
        equal((status, headers["Content-Length"]), (200, "100000"))
        overrides = {"ResponseContentType": "text/x-other", "ResponseContentDisposition": 'attachment; filename="a b"'}
        status, headers, _ = send("GET", url("get_object", key, **overrides))
        equal(headers["Content-Type"], "text/x-other")
        equal(headers["Content-Disposition"], 'attachment; filename="a b"')
        status, _, part = send("GET", url("get_object", key), headers={"Range": "bytes=10-19"})
        equal((status, part), (206, body[10:20]))
        equal(send("DELETE", url("delete_object", key))[0], 204)
        equal(send("GET", url("get_object", key))[0], 404)


def check_content_type(c):
    """a URL that was signed for a type takes no other"""
    for version in VERSIONS:
        url = presigner(c, version)("put_object", "typed", ContentType="text/css")
        equal(send("PUT", url, b"css", {"Content-type": "text/css"})[0], 200)
        status, _, answer = send("PUT", url, b"css", {"Content-type": "text/html"})
        equal(status, 403)
        assert b"<Code>SignatureDoesNotMatch</Code>" in answer, answer
        equal(c.s3.head_object(Bucket=c.bucket, Key="typed")["ContentType"], "text/css")


def check_refusals(c):
    """a URL that is too old, was changed, or is used for something else is refused"""
    c.put("k")
    for version in VERSIONS:
        url = presigner(c, version)
        good = url("get_object", "k")
        refusals = {
            "another key": (good.replace("/k?", "/l?"), b"SignatureDoesNotMatch"),
            "a longer life": (good.replace("Expires=", "Expires=1"), b"SignatureDoesNotMatch"),
            "another key id": (good.replace("acceptance", "somebody"), b"InvalidAccessKeyId"),
        }
        for name, (changed, code) in refusals.items():
            status, _, answer = send("GET", changed)
            equal((name, status), (name, 403))
            assert code in answer, (version, name, answer)
        equal(send("PUT", good, b"")[0], 403)
        brief = url("get_object", "k", expires=1)
        time.sleep(2.1)
        status, _, answer = send("GET", brief)
        equal(status, 403)
        assert b"<Code>AccessDenied</Code>" in answer and b"expired" in answer, answer
    too_long = presigner(c, "V4")("get_object", "k", expires=604_801)
    equal(send("GET", too_long)[0] in (400, 403), True)


def check_parts(c):
    """parts are uploaded with URLs, one for each"""
    url = presigner(c, "V4")
    upload = c.s3.create_multipart_upload(Bucket=c.bucket, Key="k")["UploadId"]
    bodies = [seeded("url part 1", 5 * 1024 * 1024), b"tail"]
    parts = []
    for number, body in enumerate(bodies, 1):
        status, headers, _ = send("PUT", url("upload_part", "k", UploadId=upload, PartNumber=number), body)
        equal(status, 200)
        parts.append({"PartNumber": number, "ETag": headers["ETag"]})
    c.s3.complete_multipart_upload(Bucket=c.bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    equal(c.get("k") == b"".join(bodies), True)


def form(fields, file, name="file.txt"):
    """multipart/form-data as a browser writes it"""
    boundary = "----FormBoundary7MA4YWxk"
    parts = b""
    for field, value in fields.items():
        parts += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
    parts += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
    parts += b"Content-Type: text/plain\r\n\r\n" + file + f"\r\n--{boundary}--\r\n".encode()
    return parts, {"Content-type": f"multipart/form-data; boundary={boundary}"}


def check_forms(c):
    """a browser's form stores its file when it keeps to the policy that was signed"""
    file = seeded("form", 50_000)
    post = c.s3.generate_presigned_post(
        c.bucket,
        "uploads/${filename}",
        Fields={"acl": "private", "Content-Type": "text/plain", "success_action_status": "201"},
        Conditions=[
            {"acl": "private"},
            {"Content-Type": "text/plain"},
            {"success_action_status": "201"},
            ["content-length-range", 1, 100_000],
        ],
        ExpiresIn=60,
    )
    del post["fields"]["acl"]
    status, _, answer = send("POST", post["url"], *form(post["fields"], file))
    # The policy names a field that the form lacks.
    equal(status, 403)
    post["fields"]["acl"] = "private"
    status, _, answer = send("POST", post["url"], *form({"acl": "private", **post["fields"]}, file, "ü b.txt"))
    equal(status, 201)
    assert b"<PostResponse>" in answer and b"<Key>uploads/" in answer, answer
    equal(c.get("uploads/ü b.txt"), file)
    status, _, answer = send("POST", post["url"], *form(post["fields"], b""))
    equal(status, 400)
    assert b"EntityTooSmall" in answer, answer
    status, _, answer = send("POST", post["url"], *form(post["fields"], bytes(100_001)))
    equal(status, 400)
    assert b"EntityTooLarge" in answer, answer
    changed = {**post["fields"], "Content-Type": "text/html"}
    status, _, answer = send("POST", post["url"], *form(changed, file))
    equal(status, 403)
    assert b"AccessDenied" in answer, answer
    forged = {**post["fields"], "policy": post["fields"]["policy"][:-8] + "AAAAAAA="}
    status, _, answer = send("POST", post["url"], *form(forged, file))
    equal(status in (400, 403), True)
    equal([entry["Key"] for entry in c.s3.list_objects_v2(Bucket=c.bucket)["Contents"]], ["uploads/ü b.txt"])
