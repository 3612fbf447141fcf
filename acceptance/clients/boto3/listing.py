"""Listings: order, pages, prefixes and odd keys."""
from harness import equal

ODD = [
    "plain",
    "with space",
    "a+b",
    "100%",
    "%41",
    "%2F",
    "q?a=b&c=d",
    "#hash",
    'quote"\'<>&',
    "new\nline",
    "tab\t",
    "bell\u0007",
    "/leading",
    "//two",
    "trailing/",
    "a//b",
    "dots/../up",
    "../above",
    "./here",
    ".",
    "..",
    "ü",
    "u\u0308",
    "日本語/テキスト",
    "\ufffd",
    "😀",
    "~tilde",
    "back\\slash",
    "semi;colon:comma,equals=",
    "[brackets]{}|^`",
    "é" * 300,
    "x" * 1024,
]


def fill(c, keys):
    for key in keys:
        c.put(key, key.encode())
    # UTF-8 byte order: what lies above U+FFFF comes after U+FFFD, not before it as in UTF-16.
    return sorted(keys, key=str.encode)


def keys_of(pages, field="Contents"):
    return [entry["Key"] for page in pages for entry in page.get(field, [])]


def check_odd_keys(c):
    """odd keys are kept exactly, and listed in order in pages of every kind"""
    expected = fill(c, ODD)
    for key in ODD:
        equal(c.get(key), key.encode())
    for operation, field in (
        ("list_objects_v2", "Contents"),
        ("list_objects", "Contents"),
        ("list_object_versions", "Versions"),
    ):
        for size in (1, 3, 7, 1000):
            pages = c.s3.get_paginator(operation).paginate(Bucket=c.bucket, PaginationConfig={"PageSize": size})
            equal(keys_of(pages, field), expected)


def check_start(c):
    """a listing starts after any key, there or not"""
    expected = fill(c, ODD)
    for start in (*ODD[::3], "m", "\u00ff"):
        after = [key for key in expected if key.encode() > start.encode()]
        equal(keys_of([c.s3.list_objects_v2(Bucket=c.bucket, StartAfter=start)]), after)
        equal(keys_of([c.s3.list_objects(Bucket=c.bucket, Marker=start)]), after)


def check_delimiters(c):
    """keys are rolled up at a delimiter of any kind"""
    fill(c, ["a/1", "a/2", "a/b/3", "a+/4", "a 5", "b", "c/d", "ü/6", "x--y--z", "x--w"])
    page = c.s3.list_objects_v2(Bucket=c.bucket, Delimiter="/")
    equal(keys_of([page]), ["a 5", "b", "x--w", "x--y--z"])
    equal([p["Prefix"] for p in page["CommonPrefixes"]], ["a+/", "a/", "c/", "ü/"])
    equal(page["KeyCount"], 8)
    page = c.s3.list_objects_v2(Bucket=c.bucket, Delimiter="/", Prefix="a/")
    equal((keys_of([page]), [p["Prefix"] for p in page["CommonPrefixes"]]), (["a/1", "a/2"], ["a/b/"]))
    page = c.s3.list_objects_v2(Bucket=c.bucket, Delimiter="--", Prefix="x")
    equal([p["Prefix"] for p in page["CommonPrefixes"]], ["x--"])
    for operation in ("list_objects_v2", "list_objects"):
        for size in (1, 2, 3):
            pages = list(
                c.s3.get_paginator(operation).paginate(
                    Bucket=c.bucket, Delimiter="/", PaginationConfig={"PageSize": size}
                )
            )
            equal(keys_of(pages), ["a 5", "b", "x--w", "x--y--z"])
            prefixes = [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])]
            equal(prefixes, ["a+/", "a/", "c/", "ü/"])


def check_prefixes(c):
    """a prefix selects, and is no pattern"""
    fill(c, ["a.b", "a%b", "a*b", "a_b", "aXb", "A.b"])
    for prefix in ("a.", "a%", "a*", "a_", "A"):
        equal(keys_of([c.s3.list_objects_v2(Bucket=c.bucket, Prefix=prefix)]), [f"{prefix[0]}{prefix[1:] or '.'}b"])


def check_entries(c):
    """an entry tells size, ETag, time, class, and the owner when asked"""
    written = c.put("k", b"12345")
    entry = c.s3.list_objects_v2(Bucket=c.bucket)["Contents"][0]
    equal((entry["Size"], entry["ETag"], entry["StorageClass"]), (5, written["ETag"], "STANDARD"))
    equal(entry["LastModified"].replace(microsecond=0), c.s3.head_object(Bucket=c.bucket, Key="k")["LastModified"])
    assert "Owner" not in entry, entry
    owner = c.s3.list_objects_v2(Bucket=c.bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    equal(owner, c.s3.list_buckets()["Owner"]["ID"])
    equal(c.s3.list_objects(Bucket=c.bucket)["Contents"][0]["Owner"]["ID"], owner)
    version = c.s3.list_object_versions(Bucket=c.bucket)["Versions"][0]
    equal((version["VersionId"], version["IsLatest"]), ("null", True))
    page = c.s3.list_objects_v2(Bucket=c.bucket, MaxKeys=0)
    equal((page["KeyCount"], page["IsTruncated"]), (0, False))


def check_pages_under_change(c):
    """a key that stays is listed once, whatever happens to others between two pages"""
    keys = fill(c, [f"k{n:04}" for n in range(120)])
    seen = []
    token = {}
    while True:
        page = c.s3.list_objects_v2(Bucket=c.bucket, MaxKeys=10, **token)
        listed = keys_of([page])
        seen += listed
        c.s3.delete_object(Bucket=c.bucket, Key=listed[-1])
        c.put(f"{listed[0]}-new", b"")
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    equal([key for key in seen if not key.endswith("-new")], keys)
