import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineConfig, parseSettings, SettingsError, type SettingsInput, settingsSchema } from './settings.ts'

/** For every setting: values that are good, and values that are not. */
const values: Record<keyof SettingsInput, { good: readonly unknown[]; bad: readonly unknown[] }> = {
  data: { good: [['/a'], ['a', 'b']], bad: [[], [''], '/a', [1]] },
  upstream: {
    good: [{ endpoints: ['http://a:1'], region: 'r', check: { path: '/x', status: 200 } }],
    bad: [{ endpoints: [] }, {}, 'http://a', { endpoints: ['http://a'], check: { path: 'x' } }],
  },
  state: { good: ['/var/lib/headrace'], bad: ['', 1] },
  drives: {
    good: [[], [{ path: '/a', host: 'h', rack: 'r', deviceClass: 'cold' }]],
    bad: [[{}], [{ path: '/a', class: 'x' }], 'x'],
  },
  profile: { good: ['4+2', 'copies:3'], bad: ['', 4] },
  failureDomain: { good: ['drive', 'host', 'rack'], bad: ['', 'room'] },
  downOutMs: { good: [0, 1_000], bad: [-1, '10m'] },
  allowFaults: { good: [true, false], bad: ['yes', 1] },
  host: { good: ['::1', '0.0.0.0', 'name'], bad: ['', 1] },
  port: { good: [0, 65_535], bad: [-1, 65_536, 1.5, '80'] },
  adminHost: { good: ['::1', '0.0.0.0', 'name'], bad: ['', 1] },
  adminPort: { good: [0, 65_535], bad: [-1, 65_536, 1.5, '80'] },
  domains: { good: [[], ['s3.example.com']], bad: ['s3.example.com', ['S3.example.com'], ['']] },
  region: { good: ['eu-central-1'], bad: ['', 1] },
  workers: { good: [0, 256], bad: [-1, 257, 0.5] },
  tls: { good: [{ cert: 'c', key: 'k' }], bad: [{ cert: 'c' }, { cert: 'c', key: 'k', ca: 'x' }, 'c'] },
  reserveBytes: { good: [0, 2 ** 40], bad: [-1, 0.5, '1G'] },
  drainMs: { good: [0, 60_000], bad: [-1, '10s'] },
  logLevel: { good: ['debug', 'info', 'warn', 'error'], bad: ['trace', 'INFO', ''] },
}

test('settings: without any, everything has its default', () => {
  const { workers, ...rest } = parseSettings({}, 'x')
  assert.deepEqual(rest, {
    data: ['./data'],
    state: './headrace',
    drives: [],
    failureDomain: 'drive',
    downOutMs: 600_000,
    allowFaults: false,
    host: '127.0.0.1',
    adminHost: '127.0.0.1',
    port: 9000,
    adminPort: 9001,
    domains: [],
    drainMs: 10_000,
    logLevel: 'info',
  })
  assert.ok(workers >= 1)
})

test('settings: every one takes what is good', () => {
  assert.deepEqual(Object.keys(values), Object.keys(settingsSchema.shape))
  for (const [name, { good }] of Object.entries(values)) {
    for (const value of good) {
      const parsed = parseSettings({ [name]: value }, 'x') as Record<string, unknown>
      assert.deepEqual(parsed[name], value, name)
    }
  }
})

test('settings: every one refuses what is not, with its name', () => {
  for (const [name, { bad }] of Object.entries(values)) {
    for (const value of bad) {
      assert.throws(
        () => parseSettings({ [name]: value }, 'headrace.yaml'),
        (error) => {
          assert.ok(error instanceof SettingsError)
          assert.ok(error.message.startsWith(`headrace.yaml:\n  ${name}`), error.message)
          return true
        },
        `${name}: ${JSON.stringify(value)}`,
      )
    }
  }
})

test('settings: all that is wrong is said at once', () => {
  assert.throws(
    () => parseSettings({ port: -1, workers: 'many', data: ['a', ''] }, 'x'),
    /^SettingsError: x:\n {2}data\.1: .*\n {2}port: .*\n {2}workers: .*$/,
  )
})

test('settings: a name that is none is refused, not passed over', () => {
  assert.throws(() => parseSettings({ prot: 9000 }, 'x'), /"prot"/)
  for (const nothing of [undefined, null, 1, 'text', []]) {
    assert.throws(() => parseSettings(nothing, 'x'), /^SettingsError: x:\n {2}the settings: /)
  }
})

test('defineConfig: gives back what it was given', () => {
  const settings: SettingsInput = { port: 80 }
  assert.equal(defineConfig(settings), settings)
})
