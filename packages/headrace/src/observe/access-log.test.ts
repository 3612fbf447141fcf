import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { finishedRequest } from '../../test/support/access-record.ts'
import { recordEvents } from '../../test/support/events.ts'
import { until } from '../../test/support/waiting.ts'
import { AccessLog, rotateAccessLog } from './access-log.ts'

/** Ids of the requests that a log file has. */
function requestsIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  assert.equal(lines.pop(), '', 'the last line has its end')
  return lines.map((line) => JSON.parse(line).requestId)
}

async function accessLog(t: Test, path?: string) {
  path ??= join(await temporaryFolder(t), 'logs', 'access.jsonl')
  const clock = new SimClock()
  const events = recordEvents()
  const log = new AccessLog(() => path, { clock, log: events.log })
  t.after(async () => log.close())
  const where = path
  return {
    path,
    clock,
    events,
    log,
    write: (requestId: string) => log.write(finishedRequest({ requestId })),
    /** Lets time pass until the file has these requests: writing is the system's, in its own time. */
    has: (...requestIds: string[]) =>
      until(`${where} has ${requestIds}`, () => {
        clock.step()
        return statSync(where, { throwIfNoEntry: false }) && requestsIn(where).join() === requestIds.join()
      }),
  }
}

test('AccessLog: one JSON object a line, in order, for its user only', async (t) => {
  const { path, log, has } = await accessLog(t)
  log.write(finishedRequest({ requestId: 'R1', key: 'a "key"\nof two lines', errorCode: undefined }))
  log.write(finishedRequest({ requestId: 'R2' }))
  await has('R1', 'R2')
  const [first = ''] = readFileSync(path, 'utf8').split('\n')
  const record = JSON.parse(first)
  assert.equal(record.key, 'a "key"\nof two lines')
  assert.ok(!('errorCode' in record), 'what is not known is left out')
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('AccessLog: closing writes what was gathered', async (t) => {
  const { path, log, write, has } = await accessLog(t)
  write('R1')
  await has('R1')
  write('R2')
  log.close()
  assert.deepEqual(requestsIn(path), ['R1', 'R2'])
})

test('AccessLog: appends to what is there', async (t) => {
  const first = await accessLog(t)
  first.write('R1')
  await first.has('R1')
  first.log.close()
  const second = await accessLog(t, first.path)
  second.write('R2')
  await second.has('R1', 'R2')
})

test('AccessLog: every writer follows when one process rotates, and no record is lost', async (t) => {
  const path = join(await temporaryFolder(t), 'access.jsonl')
  writeFileSync(path, '')
  const writers = [await accessLog(t, path), await accessLog(t, path)]
  const [one, two] = writers as [(typeof writers)[0], (typeof writers)[0]]
  one.write('R1')
  await one.has('R1')
  two.write('R2')
  await two.has('R1', 'R2')
  assert.ok(rotateAccessLog(path, 1))
  let written = 2
  await until('both write to the new file', () => {
    for (const { write, clock } of writers) {
      written += 1
      write(`R${written}`)
      clock.step()
    }
    const now = statSync(path, { throwIfNoEntry: false }) ? requestsIn(path) : []
    return new Set(now.map((requestId) => Number(requestId.slice(1)) % 2)).size === 2
  })
  for (const { log } of writers) log.close()
  const requests = [...requestsIn(path), ...requestsIn(path.replace('access', 'access.1'))]
  assert.deepEqual(new Set(requests), new Set(Array.from({ length: written }, (_, index) => `R${index + 1}`)))
  assert.equal(requests.length, written, 'none is there twice')
})

test('AccessLog: it is where its drive is, and says so once when there is none', async (t) => {
  const folder = await temporaryFolder(t)
  const paths = ['d1', 'd2'].map((drive) => join(folder, drive, 'access.jsonl'))
  const [first, second] = paths as [string, string]
  let path: string | undefined
  const clock = new SimClock()
  const { log: told, lines } = recordEvents()
  const log = new AccessLog(() => path, { clock, log: told })
  t.after(async () => log.close())
  assert.deepEqual(lines, [], 'there may be one before anything is to be written')
  const has = (where: string, id: string) =>
    until(`${where} has ${id}`, () => {
      clock.step()
      return statSync(where, { throwIfNoEntry: false }) && requestsIn(where).includes(id)
    })
  path = first
  log.write(finishedRequest({ requestId: 'R1' }))
  await has(first, 'R1')
  rmSync(dirname(first), { recursive: true })
  path = second
  let count = 1
  await until('it goes on elsewhere', () => {
    count += 1
    log.write(finishedRequest({ requestId: `R${count}` }))
    clock.step()
    return statSync(second, { throwIfNoEntry: false })
  })
  assert.ok(!existsSync(dirname(first)))
  path = undefined
  await until('it is said', () => {
    clock.step()
    return lines.length > 0
  })
  log.write(finishedRequest({ requestId: 'lost' }))
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['the access log cannot be written'],
  )
})

test('rotateAccessLog: renames a large log, keeps so many, and the oldest goes', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'access.jsonl')
  assert.equal(rotateAccessLog(path, 5, 2), false, 'there is none')
  for (const text of ['first', 'second', 'third', 'fourth']) {
    writeFileSync(path, text.slice(0, 4))
    assert.equal(rotateAccessLog(path, 5, 2), false, 'it is not large yet')
    writeFileSync(path, text)
    assert.equal(rotateAccessLog(path, 5, 2), true)
  }
  assert.deepEqual(readdirSync(folder).sort(), ['access.1.jsonl', 'access.2.jsonl'])
  assert.equal(readFileSync(join(folder, 'access.1.jsonl'), 'utf8'), 'fourth')
  assert.equal(readFileSync(join(folder, 'access.2.jsonl'), 'utf8'), 'third')
  rmSync(join(folder, 'access.1.jsonl'))
  writeFileSync(path, 'fifth')
  assert.ok(rotateAccessLog(path, 5, 2))
  assert.deepEqual(readdirSync(folder).sort(), ['access.1.jsonl', 'access.2.jsonl'])
})

test('AccessLog: one that cannot be written is said once, and opened when it can be', async (t) => {
  const path = join(await temporaryFolder(t), 'access.jsonl')
  mkdirSync(path)
  const { clock, events, write, has } = await accessLog(t, path)
  write('R1')
  clock.step()
  clock.step()
  assert.deepEqual(
    events.lines.map(({ level, message }) => [level, message]),
    [['warn', 'the access log cannot be written']],
  )
  rmSync(path, { recursive: true })
  await until('it is there', () => {
    clock.step()
    return statSync(path, { throwIfNoEntry: false })
  })
  write('R2')
  await has('R2')
})
