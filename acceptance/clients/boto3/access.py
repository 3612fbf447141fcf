"""Canned ACLs: they are kept, shown, and heeded; what they cannot say is refused."""
from botocore import UNSIGNED

from harness import equal

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def groups_in(answer):
    """What groups may do, as (group, permission); the owner's own grant is always there."""
    grants = answer["Grants"]
    equal(grants[0]["Grantee"]["ID"], answer["Owner"]["ID"])
    equal(grants[0]["Permission"], "FULL_CONTROL")
    return [(grant["Grantee"]["URI"], grant["Permission"]) for grant in grants[1:]]


def check_objects(c):
    """an object is for all to read exactly as long as its ACL says so"""
    anybody = c.client(signature_version=UNSIGNED)
    target = {"Bucket": c.bucket, "Key": "a b+ü"}
    c.put(target["Key"], b"secret")
    equal(groups_in(c.s3.get_object_acl(**target)), [])
    c.refused(403, "AccessDenied", anybody.get_object, **target)
    c.s3.put_object_acl(**target, ACL="public-read")
    equal(groups_in(c.s3.get_object_acl(**target)), [(ALL_USERS, "READ")])
    equal(anybody.get_object(**target)["Body"].read(), b"secret")
    c.refused(403, "AccessDenied", anybody.put_object, **target, Body=b"mine")
    c.refused(403, "AccessDenied", anybody.delete_object, **target)
    c.refused(403, "AccessDenied", anybody.list_objects_v2, Bucket=c.bucket)
    # What is written anew is private again, unless the write says otherwise.
    c.put(target["Key"], b"new")
    c.refused(403, "AccessDenied", anybody.get_object, **target)
    c.put(target["Key"], b"for all", ACL="public-read")
    equal(anybody.get_object(**target)["Body"].read(), b"for all")


def check_buckets(c):
    """a bucket is for all to list and to write exactly as long as its ACL says so"""
    anybody = c.client(signature_version=UNSIGNED)
    c.put("listed")
    c.s3.put_bucket_acl(Bucket=c.bucket, ACL="public-read")
    equal(groups_in(c.s3.get_bucket_acl(Bucket=c.bucket)), [(ALL_USERS, "READ")])
    equal([entry["Key"] for entry in anybody.list_objects_v2(Bucket=c.bucket)["Contents"]], ["listed"])
    c.refused(403, "AccessDenied", anybody.get_object, Bucket=c.bucket, Key="listed")
    c.refused(403, "AccessDenied", anybody.put_object, Bucket=c.bucket, Key="k", Body=b"")
    c.s3.put_bucket_acl(Bucket=c.bucket, ACL="public-read-write")
    anybody.put_object(Bucket=c.bucket, Key="by anybody", Body=b"body")
    equal(c.get("by anybody"), b"body")
    c.refused(403, "AccessDenied", anybody.put_bucket_acl, Bucket=c.bucket, ACL="private")
    c.s3.put_bucket_acl(Bucket=c.bucket, ACL="private")
    c.refused(403, "AccessDenied", anybody.list_objects_v2, Bucket=c.bucket)
    c.refused(403, "AccessDenied", anybody.delete_bucket, Bucket=c.bucket)


def check_grants(c):
    """grants to somebody by name are refused, not kept without effect"""
    c.put("object")
    somebody = {"GrantRead": 'id="0123456789"'}
    refused = "AccessControlListNotSupported"
    c.refused(400, refused, c.s3.put_object, Bucket=c.bucket, Key="object", Body=b"", **somebody)
    c.refused(400, refused, c.s3.put_object_acl, Bucket=c.bucket, Key="object", **somebody)
    c.refused(400, refused, c.s3.put_bucket_acl, Bucket=c.bucket, **somebody)
    equal(c.get("object"), b"body")
