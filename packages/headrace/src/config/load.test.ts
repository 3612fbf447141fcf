import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { loadSettings } from './load.ts'
import { parseSettings, SettingsError } from './settings.ts'

async function config(t: Test, name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(t), name)
  await writeFile(path, text)
  return path
}

test('loadSettings: without a file, the command line comes before the defaults', async () => {
  assert.deepEqual(await loadSettings(undefined, {}), parseSettings({}, 'x'))
  const { port, host } = await loadSettings(undefined, { port: 80, host: undefined })
  assert.deepEqual({ port, host }, { port: 80, host: '127.0.0.1' })
  await assert.rejects(loadSettings(undefined, { port: -1 }), /^SettingsError: The command line:\n {2}port: /)
})

test('loadSettings: reads every kind of file', async (t) => {
  const files: Record<string, string> = {
    'a.yaml': 'port: 80\ndata:\n  - /store\n',
    'a.yml': 'port: 80\ndata: [/store]\n',
    'a.json': '{ "port": 80, "data": ["/store"] }',
    'a.mjs': "export default { port: 80, data: ['/store'] }",
    'a.js': "export default { port: 80, data: ['/store'] }",
    'a.ts': "export default { port: 80 as number, data: ['/store'] }",
  }
  for (const [name, text] of Object.entries(files)) {
    const { port, data, host } = await loadSettings(await config(t, name, text), {})
    assert.deepEqual({ port, data, host }, { port: 80, data: ['/store'], host: '127.0.0.1' }, name)
  }
  assert.deepEqual(await loadSettings(await config(t, 'empty.yaml', ''), {}), parseSettings({}, 'x'))
})

test('loadSettings: the command line comes before the file, the file before the defaults', async (t) => {
  const file = await config(t, 'a.yaml', 'port: 80\nhost: "::"\ndata: [/a, /b]\n')
  const { port, host, data, adminPort } = await loadSettings(file, { port: 81, data: ['/c'], host: undefined })
  assert.deepEqual({ port, host, data, adminPort }, { port: 81, host: '::', data: ['/c'], adminPort: 9001 })
})

test('loadSettings: a bad setting in the file is named, even if the command line has a good one', async (t) => {
  const file = await config(t, 'a.yaml', 'port: 80000\n')
  await assert.rejects(loadSettings(file, { port: 81 }), (error) => {
    assert.ok(error instanceof SettingsError)
    assert.ok(error.message.startsWith(`${file}:\n  port: `), error.message)
    return true
  })
})

test('loadSettings: a file that cannot be read is named, with the reason', async (t) => {
  const folder = await temporaryFolder(t)
  const missing = join(folder, 'missing.yaml')
  await assert.rejects(
    loadSettings(missing, {}),
    new RegExp(`^SettingsError: The configuration ${missing} .*\\n.*ENOENT`),
  )
  const broken: Record<string, [text: string, reason: RegExp]> = {
    'broken.yaml': ['port: 80\n  host: x\n', /at line \d+, column \d+/],
    'broken.json': ['{ "port": 80', /at line \d+, column \d+/],
    'broken.mjs': ['export default {', /Unexpected/],
    'empty.mjs': ['export const settings = {}', /write `export default defineConfig\(\{ … \}\)`/],
  }
  for (const [name, [text, reason]] of Object.entries(broken)) {
    const file = await config(t, name, text)
    await assert.rejects(loadSettings(file, {}), (error) => {
      assert.ok(error instanceof SettingsError)
      assert.ok(error.message.includes(file), error.message)
      assert.match(error.message, reason)
      return true
    })
  }
  await assert.rejects(loadSettings(await config(t, 'text.yaml', 'just text'), {}), /it holds no settings/)
})
