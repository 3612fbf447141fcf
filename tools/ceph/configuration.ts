import type { DaemonCommand } from './daemons.ts'
import { type CephSettings, deviceBytes, rgwName } from './settings.ts'

/** The ceph.conf of a cluster in a folder, with the reason for whatever is not usual. */
export function configuration(folder: string, settings: CephSettings): string {
  const { fsid, monPort, osdCount, rgwPorts, tcpNodelay } = settings
  const osds = Array.from({ length: osdCount }, (_, id) => `[osd.${id}]\ncrush location = host=host${id} root=default`)
  const rgws = rgwPorts.map((port, index) =>
    [
      `[client.${rgwName(index)}]`,
      `rgw frontends = beast endpoint=127.0.0.1:${port}${tcpNodelay ? ' tcp_nodelay=1' : ''}`,
      files(folder),
      `rgw data = ${folder}/rgw/${index + 1}`,
    ].join('\n'),
  )
  return `${global(folder, fsid, monPort)}\n${[...osds, ...rgws].join('\n')}\n`
}

const programs: Record<string, string> = { mon: 'ceph-mon', mgr: 'ceph-mgr', osd: 'ceph-osd', rgw: 'radosgw' }

/**
 * What starts each daemon, in the foreground. All settings are in the file, so none asks the monitor for more: RGW would
 * ask in a mode that works with authentication only, and an OSD that has asked forgets the cluster's fsid and is now and
 * then refused for it ("wrong fsid").
 */
export function daemonCommand(conf: string, name: string): DaemonCommand {
  const [kind = '', id = ''] = name.split('.')
  const who = kind === 'rgw' ? ['-n', `client.${name}`] : ['-i', id]
  return { program: programs[kind] as string, args: ['-c', conf, '-f', '--no-mon-config', ...who] }
}

function global(folder: string, fsid: string, monPort: number): string {
  return `[global]
fsid = ${fsid}
run dir = ${folder}/run
mon data = ${folder}/mon
mgr data = ${folder}/mgr
osd data = ${folder}/osd/$id

# This machine and nobody else.
mon host = v1:127.0.0.1:${monPort}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
ms mon client mode = crc
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false

# Two copies on two hosts, and few placement groups: it is up in seconds.
osd pool default size = 2
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
paxos propose interval = 0.05
paxos min wait = 0.01

# Who waits for it to heal, or for its figures, waits no longer than needed.
osd recovery sleep = 0
osd max backfills = 8
osd recovery max active = 16
mgr stats period = 1

# What was overwritten or removed would stay for two hours, for those who still read it: benches would fill the devices.
rgw gc obj min wait = 30
rgw gc processor period = 10
rgw gc processor max time = 10

# A small machine: files for devices, little memory, no modules that nobody asks, whatever is free on the drive.
bluestore block size = ${deviceBytes}
bluestore cache autotune = false
bluestore cache size = 67108864
mgr initial modules =
mon data avail warn = 1
mon data avail crit = 1
${['mon', 'mgr', 'osd'].map((kind) => `[${kind}]\n${files(folder)}`).join('\n')}
`
}

/** Of daemons alone: clients have the same name, and would be in each other's way. */
function files(folder: string): string {
  return `admin socket = ${folder}/run/$name.asok\nlog file = ${folder}/log/$name.log`
}
