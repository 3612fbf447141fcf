"""Reads a bucket with several processes and holds every object against the file of its name, byte for byte.

read_back.py ENDPOINT BUCKET FOLDER PROCESSES; prints how many objects and bytes were alike as JSON.
"""
import json
import multiprocessing
import os
import sys

import boto3


def compare(task):
    endpoint, bucket, folder, keys = task
    client = boto3.client("s3", endpoint_url=endpoint)
    read = 0
    for key in keys:
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        with open(os.path.join(folder, key), "rb") as file:
            if file.read() != body:
                raise AssertionError(f"{key} differs")
        read += len(body)
    return read


def main(endpoint, bucket, folder, processes):
    client = boto3.client("s3", endpoint_url=endpoint)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    sizes = {entry["Key"]: entry["Size"] for page in pages for entry in page["Contents"]}
    files = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            files[os.path.relpath(path, folder)] = os.path.getsize(path)
    assert sizes == files, f"{len(sizes)} objects are listed for {len(files)} files, or their sizes differ"
    keys = sorted(sizes)
    shares = [keys[first::processes] for first in range(processes)]
    with multiprocessing.Pool(processes) as pool:
        read = pool.map(compare, [(endpoint, bucket, folder, share) for share in shares])
    print(json.dumps({"objects": len(keys), "bytes": sum(read)}))


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
