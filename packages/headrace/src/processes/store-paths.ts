import { join } from 'node:path'

/** Files beside the store, in its first folder. */
export function storePaths(root: string) {
  return {
    accessLog: join(root, 'logs', 'access.jsonl'),
    supervisorLock: join(root, 'locks', 'supervisor'),
    keeperLock: join(root, 'locks', 'keeper'),
    locks: join(root, 'locks'),
  }
}
