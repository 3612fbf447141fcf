import { type Command, Option } from 'commander'
import type { Width } from '../../admin/store-admin.ts'
import { goesOn } from './add.ts'
import { width } from './arguments.ts'
import { type StoreOptions, type StoreTool, withStore } from './connect.ts'
import { showProfile } from './show-status.ts'
import { workSubcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'
import { showFinished, waitForWork } from './wait.ts'

interface ProfileOptions extends StoreOptions {
  readonly small?: Width
  readonly class: string
  readonly storageClass: string
  readonly bucket?: string
  readonly failureDomain: 'drive' | 'host' | 'rack'
  readonly wait?: boolean
}

export function profileCommand(terminal: Terminal): Command {
  return workSubcommand('profile', 'Show how data is protected, or set it for a storage class or a bucket.')
    .argument('[width]', 'data and coding chunks such as 4+2, or auto to go by the number of drives')
    .option(
      '--small <width>',
      'of objects up to 128 KiB: 1+2 keeps three copies (default: as many as drives may fail)',
      width,
    )
    .option('--class <name>', 'device class of the drives', 'hot')
    .option('--storage-class <name>', 'S3 storage class', 'STANDARD')
    .option('--bucket <name>', 'this bucket only')
    .addOption(
      new Option('--failure-domain <domain>', 'what no two chunks share')
        .choices(['drive', 'host', 'rack'])
        .default('drive'),
    )
    .action((text: string | undefined, options: ProfileOptions) =>
      withStore(terminal, options, (tool) =>
        text === undefined ? showProfiles(tool) : setProfile(tool, text, options),
      ),
    )
}

async function showProfiles({ store, show }: StoreTool): Promise<void> {
  const { profiles } = await store.status({})
  show({ profiles }, () => profiles.map(showProfile).join('\n'))
}

async function setProfile(tool: StoreTool, text: string, options: ProfileOptions): Promise<void> {
  const { class: deviceClass, storageClass, bucket = null, failureDomain, wait } = options
  const large = text === 'auto' ? undefined : width(text)
  if (large === undefined && options.small !== undefined) throw new Error('--small goes with a width, not with auto.')
  const widths = large === undefined ? null : { small: options.small ?? { k: 1, m: large.m }, large }
  const reply = await tool.store.setProfile({ deviceClass, storageClass, bucket, failureDomain, widths })
  const profiles = reply.profiles.map(showProfile).join('\n')
  if (!wait) return tool.show(reply, () => `${profiles}\n\n${goesOn(reply.work !== null)}`)
  const finished = await waitForWork(tool, reply.work)
  tool.show({ ...reply, ...finished }, () => `${profiles}\n\n${showFinished(finished)}`)
}
