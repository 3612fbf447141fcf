import { fileURLToPath } from 'node:url'
import { runCli } from './cli/cli.ts'

await runCli(process.argv, fileURLToPath(import.meta.url))
