import { Command } from 'commander'
import type { Terminal } from '../store/terminal.ts'
import { probeCommand } from './probe.ts'

/** `headrace upstream …`: S3 endpoints to stand in front of. */
export function upstreamCommand(terminal: Terminal): Command {
  return new Command('upstream').description('Find out what an S3 endpoint can do.').addCommand(probeCommand(terminal))
}
