"""Sends commands to the monitor of a cluster, one JSON object a line on standard input, over one connection.

The ceph program takes a third of a second for each command, most of it to learn what commands there are.
"""
import errno
import json
import sys
import time

import rados


def real(weight):
    """Monitors want real numbers as such, and JavaScript writes 1.0 as 1."""
    return [float(each) for each in weight] if isinstance(weight, list) else float(weight)


def send(cluster, line):
    command = json.loads(line)
    if 'weight' in command:
        command['weight'] = real(command['weight'])
    # A connection that does not have the monitors' map yet is refused for a wrong fsid.
    for _ in range(100):
        status, _, message = cluster.mon_command(json.dumps(command), b'')
        if status != -errno.EPERM:
            break
        time.sleep(0.05)
    if status != 0:
        sys.exit(f'{command["prefix"]}: {message or errno.errorcode.get(-status, status)}')


with rados.Rados(conffile=sys.argv[1]) as cluster:
    for line in sys.stdin:
        send(cluster, line)
