import { existsSync } from 'node:fs'
import { Command, Option } from 'commander'
import { systemClock, systemRandom } from '../core/runtime.ts'
import type { AccessKey } from '../identity/key-file.ts'
import { KeyFiles } from '../identity/key-files.ts'
import { newAccessKeyId, newSecretKey } from '../identity/new-key.ts'
import { ownerNamed } from '../identity/owner.ts'
import { changeKeys } from '../processes/change-keys.ts'
import { stateFolder } from '../processes/remote/state-folder.ts'
import { findKeyRoots } from './key-roots.ts'

const dataOption = new Option('--data <folder...>', 'folders of the store').default(['./data'], './data')
const stateOption = new Option('--state <folder>', 'state folder of a server in front of upstreams, in place of --data')

/** Where the keys are. */
interface KeyPlace {
  readonly data: readonly string[]
  readonly state?: string
}

/** `headrace key …`: works whether a server is running or not; a running one takes changes over within a second. */
export function keyCommand(): Command {
  const key = new Command('key').description('Manage access keys. Each owner has buckets of its own.')
  key
    .command('add')
    .description('Make an access key for an owner, or add the pair given.')
    .requiredOption('--owner <name>', 'whose key it is')
    .option('--access-key <id>', 'access key id (default: a new one)')
    .option('--secret-key <secret>', 'secret key (default: a new one)')
    .addOption(dataOption)
    .addOption(stateOption)
    .option('--json', 'print JSON')
    .action(addKey)
  key
    .command('list')
    .description('List access keys and owners, without secrets.')
    .addOption(dataOption)
    .addOption(stateOption)
    .option('--json', 'print JSON')
    .action(listKeys)
  key
    .command('remove')
    .description('Remove an access key. Its owner and buckets stay.')
    .argument('<access-key>', 'access key id')
    .addOption(dataOption)
    .addOption(stateOption)
    .action(removeKey)
  return key
}

interface AddOptions extends KeyPlace {
  readonly owner: string
  readonly accessKey?: string
  readonly secretKey?: string
  readonly json?: boolean
}

async function addKey({ owner, accessKey, secretKey, json, ...place }: AddOptions): Promise<void> {
  if (!/^[\w.@+-]{1,64}$/.test(owner)) throw new Error('An owner is named with 1 to 64 letters, digits and . _ @ + -')
  if (accessKey !== undefined && !/^[\w.+=@-]{3,128}$/.test(accessKey))
    throw new Error('An access key id has 3 to 128 letters, digits and . _ + = @ -')
  if (secretKey !== undefined && secretKey.length < 8) throw new Error('A secret key has at least 8 characters.')
  const added: AccessKey = {
    accessKeyId: accessKey ?? newAccessKeyId(systemRandom),
    secretKey: secretKey ?? newSecretKey(systemRandom),
    owner,
  }
  await change(place, (keys) => {
    const same = keys.find((key) => key.accessKeyId === added.accessKeyId)
    if (same !== undefined)
      throw new Error(`The access key ${added.accessKeyId} exists already; it belongs to ${same.owner}.`)
    return [...keys, added]
  })
  const { id } = ownerNamed(owner)
  if (json) console.log(JSON.stringify({ ...added, ownerId: id }))
  else console.log(`Owner       ${owner} (${id})\nAccess key  ${added.accessKeyId}\nSecret key  ${added.secretKey}`)
}

async function listKeys({ json, ...place }: KeyPlace & { json?: boolean }): Promise<void> {
  const keys = (await openKeys(place)).read()?.keys ?? []
  const shown = keys.map(({ accessKeyId, owner }) => ({ accessKeyId, owner, ownerId: ownerNamed(owner).id }))
  if (json) return console.log(JSON.stringify(shown))
  if (shown.length === 0)
    return console.log(`${shownPlace(place)} has no access keys yet; \`headrace serve\` makes the first.`)
  const width = Math.max(10, ...shown.map(({ accessKeyId }) => accessKeyId.length))
  console.log(`${'ACCESS KEY'.padEnd(width)}  OWNER`)
  for (const { accessKeyId, owner } of shown) console.log(`${accessKeyId.padEnd(width)}  ${owner}`)
}

async function removeKey(accessKeyId: string, place: KeyPlace): Promise<void> {
  await change(place, (keys) => {
    const left = keys.filter((key) => key.accessKeyId !== accessKeyId)
    if (left.length === keys.length) throw new Error(`There is no access key ${accessKeyId} in ${shownPlace(place)}.`)
    return left
  })
  console.log(`Removed ${accessKeyId}.`)
}

function shownPlace({ data, state }: KeyPlace): string {
  return state ?? data.join(', ')
}

async function openKeys({ data, state }: KeyPlace): Promise<KeyFiles> {
  if (state !== undefined) {
    if (!existsSync(state)) throw new Error(`There is no folder ${state}; \`headrace serve --upstream\` makes it.`)
    return new KeyFiles((await stateFolder(state)).roots)
  }
  const { roots, passedOver } = await findKeyRoots(data)
  for (const { root, why } of passedOver) console.error(`headrace: ${root} is passed over: ${why}`)
  return new KeyFiles(roots)
}

/** Says of each copy that is not whole why, while the change itself is kept on the others. */
async function change(place: KeyPlace, edit: Parameters<KeyFiles['change']>[0]): Promise<void> {
  for (const { path, error, isMended } of await changeKeys(await openKeys(place), edit, systemClock)) {
    const { message } = error as Error
    if (isMended) console.error(`headrace: ${path} was damaged, and is made anew from another copy: ${message}`)
    else console.error(`headrace: ${path} could not be written; the change is on the other drives: ${message}`)
  }
}
