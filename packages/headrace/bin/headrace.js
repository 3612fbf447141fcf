#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say what is wrong with it.
const [major] = process.versions.node.split('.').map(Number)
if (major < 26) {
  console.error(
    `headrace needs Node.js 26 or later; this is ${process.versions.node}. In the repository, npm scripts and npx bring it.`,
  )
  process.exit(1)
}
await import('../src/main.ts')
