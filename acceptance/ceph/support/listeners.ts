import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** 127.0.0.1 as /proc/net/tcp writes it: the bytes of the number turned round. */
const loopback = '0100007F'
/** State of a socket that listens. */
const listening = '0A'

/** Addresses, in hexadecimal as in /proc/net/tcp and tcp6, on which processes listen and that are not 127.0.0.1. */
export function listenersElsewhere(pids: readonly number[]): string[] {
  return listenersOf(pids).filter((address) => !address.startsWith(`${loopback}:`))
}

/** Addresses and ports on which processes listen, in hexadecimal. */
export function listenersOf(pids: readonly number[]): string[] {
  const own = new Set(pids.flatMap(socketsOf))
  return ['tcp', 'tcp6'].flatMap((table) => {
    const lines = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1)
    return lines.flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      return state === listening && own.has(inode) ? [local] : []
    })
  })
}

/** Inodes of the sockets that a process has open. */
function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return [] // closed in between
    }
  })
}
