#!/usr/bin/env node
// The program `crush`: gives the commands the real files and the real standard output.
import { readFileSync, writeFileSync } from 'node:fs'
import { run } from './run.ts'

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const { status, complaint } = run(
  {
    readFile: (path) => readFileSync(path),
    writeFile: (path, content) => writeFileSync(path, content),
    print: (content) => void process.stdout.write(content),
  },
  process.argv.slice(2),
)
process.stderr.write(complaint)
process.exitCode = status
