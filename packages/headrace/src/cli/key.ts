import { resolve } from 'node:path'
import { Command } from 'commander'
import { systemRandom } from '../core/runtime.ts'
import { type AccessKey, newAccessKeyId, newSecretKey, readKeyFile, writeKeyFile } from '../identity/key-file.ts'
import { ownerNamed } from '../identity/owner.ts'
import { storePaths } from '../processes/store-paths.ts'
import { takeLock } from '../store/embedded/drive/store-lock.ts'

/** `headrace key …`: works whether a server is running or not; a running one takes changes over within a second. */
export function keyCommand(): Command {
  const key = new Command('key').description('Manage access keys. Each owner has buckets of its own.')
  key
    .command('add')
    .description('Make an access key for an owner, or add the pair given.')
    .requiredOption('--owner <name>', 'whose key it is')
    .option('--access-key <id>', 'access key id (default: a new one)')
    .option('--secret-key <secret>', 'secret key (default: a new one)')
    .option('--data <folder>', 'folder of the store', './data')
    .option('--json', 'print JSON')
    .action(addKey)
  key
    .command('list')
    .description('List access keys and owners, without secrets.')
    .option('--data <folder>', 'folder of the store', './data')
    .option('--json', 'print JSON')
    .action(listKeys)
  key
    .command('remove')
    .description('Remove an access key. Its owner and buckets stay.')
    .argument('<access-key>', 'access key id')
    .option('--data <folder>', 'folder of the store', './data')
    .action(removeKey)
  return key
}

interface AddOptions {
  readonly owner: string
  readonly accessKey?: string
  readonly secretKey?: string
  readonly data: string
  readonly json?: boolean
}

function addKey({ owner, accessKey, secretKey, data, json }: AddOptions): void {
  if (!/^[\w.@+-]{1,64}$/.test(owner)) throw new Error('An owner is named with 1 to 64 letters, digits and . _ @ + -')
  if (accessKey !== undefined && !/^[\w.+=@-]{3,128}$/.test(accessKey))
    throw new Error('An access key id has 3 to 128 letters, digits and . _ + = @ -')
  if (secretKey !== undefined && secretKey.length < 8) throw new Error('A secret key has at least 8 characters.')
  const added: AccessKey = {
    accessKeyId: accessKey ?? newAccessKeyId(systemRandom),
    secretKey: secretKey ?? newSecretKey(systemRandom),
    owner,
  }
  changeKeys(data, (keys) => {
    const same = keys.find((key) => key.accessKeyId === added.accessKeyId)
    if (same !== undefined)
      throw new Error(`The access key ${added.accessKeyId} exists already; it belongs to ${same.owner}.`)
    return [...keys, added]
  })
  const { id } = ownerNamed(owner)
  if (json) console.log(JSON.stringify({ ...added, ownerId: id }))
  else console.log(`Owner       ${owner} (${id})\nAccess key  ${added.accessKeyId}\nSecret key  ${added.secretKey}`)
}

function listKeys({ data, json }: { data: string; json?: boolean }): void {
  const keys = readKeyFile(keyPath(data))?.keys ?? []
  const shown = keys.map(({ accessKeyId, owner }) => ({ accessKeyId, owner, ownerId: ownerNamed(owner).id }))
  if (json) return console.log(JSON.stringify(shown))
  if (shown.length === 0) return console.log(`${data} has no access keys yet; \`headrace serve\` makes the first.`)
  const width = Math.max(10, ...shown.map(({ accessKeyId }) => accessKeyId.length))
  console.log(`${'ACCESS KEY'.padEnd(width)}  OWNER`)
  for (const { accessKeyId, owner } of shown) console.log(`${accessKeyId.padEnd(width)}  ${owner}`)
}

function removeKey(accessKeyId: string, { data }: { data: string }): void {
  changeKeys(data, (keys) => {
    const left = keys.filter((key) => key.accessKeyId !== accessKeyId)
    if (left.length === keys.length) throw new Error(`There is no access key ${accessKeyId} in ${data}.`)
    return left
  })
  console.log(`Removed ${accessKeyId}.`)
}

function keyPath(data: string): string {
  return storePaths(resolve(data)).keys
}

/** Two commands at a time must not undo each other's change. */
function changeKeys(data: string, change: (keys: readonly AccessKey[]) => readonly AccessKey[]): void {
  const lock = takeLock(`${storePaths(resolve(data)).locks}/keys`)
  try {
    const path = keyPath(data)
    writeKeyFile(path, { keys: change(readKeyFile(path)?.keys ?? []) })
  } finally {
    lock.release()
  }
}
