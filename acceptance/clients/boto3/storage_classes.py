"""Storage classes: kept, shown and changed; those that could not be read at once are refused."""
from harness import equal, seeded
from presigned import form, send

CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY")


def class_of(c, key):
    """What GET and HEAD say, which is nothing for STANDARD."""
    read, head = (operation(Bucket=c.bucket, Key=key) for operation in (c.s3.get_object, c.s3.head_object))
    read["Body"].close()
    equal(read.get("StorageClass"), head.get("StorageClass"))
    return head.get("StorageClass")


def listed(c):
    """What both listings and a listing of versions say, by key."""
    pages = (
        c.s3.list_objects(Bucket=c.bucket)["Contents"],
        c.s3.list_objects_v2(Bucket=c.bucket)["Contents"],
        c.s3.list_object_versions(Bucket=c.bucket)["Versions"],
    )
    shown = [{entry["Key"]: entry["StorageClass"] for entry in page} for page in pages]
    equal(shown[0], shown[1])
    equal(shown[0], shown[2])
    return shown[0]


def check_classes_written(c):
    """an object has the class that its write named, in reads, listings and attributes"""
    for name in CLASSES:
        body = seeded(name, 70_000)
        c.put(name, body, StorageClass=name)
        equal(class_of(c, name), None if name == "STANDARD" else name)
        equal(c.get(name), body)
        answer = c.s3.get_object_attributes(Bucket=c.bucket, Key=name, ObjectAttributes=["StorageClass"])
        equal(answer["StorageClass"], name)
    equal(listed(c), {name: name for name in CLASSES})
    c.put("STANDARD_IA")
    equal(class_of(c, "STANDARD_IA"), None)


def check_classes_refused(c):
    """a class that does not exist, or would need a restore, is refused"""
    where = {"Bucket": c.bucket, "Key": "k"}
    c.put("source")
    for name in ("GLACIER", "DEEP_ARCHIVE", "COLD", "standard_ia"):
        refused = {**where, "StorageClass": name}
        c.refused(400, "InvalidStorageClass", c.s3.put_object, **refused, Body=b"")
        c.refused(400, "InvalidStorageClass", c.s3.create_multipart_upload, **refused)
        source = {"Bucket": c.bucket, "Key": "source"}
        c.refused(400, "InvalidStorageClass", c.s3.copy_object, **refused, CopySource=source)
    c.refused(404, "404", c.s3.head_object, **where)


def check_class_of_copies(c):
    """a copy has the class that it names, else STANDARD; onto itself, it changes the class of an object"""
    body = seeded("copies", 70_000)
    c.put("source", body, StorageClass="STANDARD_IA", Metadata={"a": "b"})
    source = {"Bucket": c.bucket, "Key": "source"}
    c.s3.copy_object(Bucket=c.bucket, Key="plain", CopySource=source)
    c.s3.copy_object(Bucket=c.bucket, Key="named", CopySource=source, StorageClass="GLACIER_IR")
    equal((class_of(c, "plain"), class_of(c, "named")), (None, "GLACIER_IR"))
    c.refused(400, "InvalidRequest", c.s3.copy_object, **source, CopySource=source)
    # The class that it has already does as well.
    for name in ("REDUCED_REDUNDANCY", "REDUCED_REDUNDANCY", "STANDARD"):
        c.s3.copy_object(**source, CopySource=source, StorageClass=name)
        equal(class_of(c, "source"), None if name == "STANDARD" else name)
    equal(c.s3.head_object(**source)["Metadata"], {"a": "b"})
    for key in ("source", "plain", "named"):
        equal(c.get(key), body)


def check_class_of_uploads(c):
    """an upload shows the class that its object will have"""
    where = {"Bucket": c.bucket, "Key": "k"}
    upload = c.s3.create_multipart_upload(**where, StorageClass="INTELLIGENT_TIERING")["UploadId"]
    part = c.s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"part")
    equal(c.s3.list_parts(**where, UploadId=upload)["StorageClass"], "INTELLIGENT_TIERING")
    uploads = c.s3.list_multipart_uploads(Bucket=c.bucket)["Uploads"]
    equal([u["StorageClass"] for u in uploads], ["INTELLIGENT_TIERING"])
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    c.s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
    equal(class_of(c, "k"), "INTELLIGENT_TIERING")
    equal(listed(c), {"k": "INTELLIGENT_TIERING"})


def check_class_of_forms(c):
    """a browser's form names the class that its policy was signed for"""
    asked = {"x-amz-storage-class": "ONEZONE_IA"}
    post = c.s3.generate_presigned_post(c.bucket, "k", Fields=asked, Conditions=[asked], ExpiresIn=60)
    status, _, _ = send("POST", post["url"], *form({**post["fields"], "x-amz-storage-class": "STANDARD_IA"}, b"file"))
    equal(status, 403)
    status, _, _ = send("POST", post["url"], *form(post["fields"], b"file"))
    equal(status, 204)
    equal(class_of(c, "k"), "ONEZONE_IA")
