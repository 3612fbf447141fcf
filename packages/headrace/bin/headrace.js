#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say what is wrong with it.
const [major] = process.versions.node.split('.').map(Number)
if (major < 26) {
  console.error(
    `headrace needs Node.js 26 or later; this is ${process.versions.node}. In the repository, npm scripts and npx bring it.`,
  )
  process.exit(1)
}
// What was compiled once starts in half the time, children too; they find the folder in their environment.
const { enableCompileCache } = await import('node:module')
const { fileURLToPath } = await import('node:url')
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))
enableCompileCache(process.env.NODE_COMPILE_CACHE)
await import('../src/main.ts')
