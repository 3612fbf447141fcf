import { CrushError } from '../map/crush-error.ts'
import { algorithmNumbers, type BucketAlgorithm, settingSteps } from '../map/crush-map.ts'
import { type Tunables, tunableNames, tunableProfiles } from '../map/tunables.ts'
import { toWeight, weightMax } from '../map/weight.ts'
import type { TextBucket, TextChooseArgs, TextItem, TextMap, TextRule, TextStep } from './syntax.ts'
import { TokenReader } from './tokens.ts'

/** Reads the text form without resolving any name. Throws a CrushError with the line. */
export function readSyntax(text: string): TextMap {
  const tokens = new TokenReader(text)
  // A text that names no tunables means the oldest ones, so that what a text compiles to never changes.
  const tunables: Record<keyof Tunables, number> = { ...tunableProfiles.argonaut }
  const map: TextMap = { tunables, types: [], devices: [], buckets: [], rules: [], chooseArgs: [], classes: new Set() }
  while (!tokens.atEnd) {
    const { line } = tokens
    const word = tokens.word('a declaration')
    if (word === 'tunable') readTunable(tokens, tunables)
    else if (word === 'device') map.devices.push(readDevice(tokens, line, map.classes))
    else if (word === 'type')
      map.types.push({ line, id: tokens.integer('a type id'), name: tokens.word('a type name') })
    else if (word === 'rule') map.rules.push(readRule(tokens, line))
    else if (word === 'choose_args') map.chooseArgs.push(readChooseArgs(tokens, line))
    else map.buckets.push(readBucket(tokens, line, word, map.classes))
  }
  return map
}

function readTunable(tokens: TokenReader, tunables: Record<keyof Tunables, number>): void {
  const { line } = tokens
  const name = tokens.word('the name of a tunable')
  if (!Object.hasOwn(tunableNames, name)) {
    throw new CrushError(
      `line ${line}`,
      `no tunable is called ${name}; there are ${Object.keys(tunableNames).join(', ')}`,
    )
  }
  tunables[tunableNames[name as keyof typeof tunableNames]] = tokens.integer(`the tunable ${name}`)
}

function readDevice(tokens: TokenReader, line: number, classes: Set<string>) {
  const id = tokens.integer('a device id')
  const name = tokens.word('a device name')
  const deviceClass = tokens.accept('class') ? tokens.word('a device class') : undefined
  if (deviceClass !== undefined) classes.add(deviceClass)
  return { line, id, name, class: deviceClass }
}

function readBucket(tokens: TokenReader, line: number, type: string, classes: Set<string>): TextBucket {
  const name = tokens.word(`the name of a ${type}`)
  tokens.expect('{')
  let id: number | undefined
  let algorithm: BucketAlgorithm | undefined
  const shadowIds = new Map<string, number>()
  const items: TextItem[] = []
  while (!tokens.accept('}')) {
    const { line: itemLine } = tokens
    const word = tokens.word('}')
    if (word === 'id') {
      const given = tokens.integer('an id')
      if (tokens.accept('class')) {
        const deviceClass = tokens.word('a device class')
        if (shadowIds.has(deviceClass))
          throw new CrushError(`line ${itemLine}`, `class ${deviceClass} has an id already`)
        shadowIds.set(deviceClass, given)
        classes.add(deviceClass)
      } else id = given
    } else if (word === 'alg') algorithm = readAlgorithm(tokens)
    else if (word === 'hash') readHash(tokens)
    else if (word === 'item') items.push(readItem(tokens, itemLine))
    else throw new CrushError(`line ${itemLine}`, `${word} is not part of a crush bucket: id, alg, hash or item`)
  }
  if (algorithm === undefined) throw new CrushError(`line ${line}`, `${name} has no alg; straw2 is the one to use`)
  return { line, type, name, id, shadowIds, algorithm, items }
}

function readAlgorithm(tokens: TokenReader): BucketAlgorithm {
  const { line } = tokens
  const name = tokens.word('an algorithm')
  if (Object.hasOwn(algorithmNumbers, name)) return name as BucketAlgorithm
  throw new CrushError(
    `line ${line}`,
    `no alg is called ${name}; there are ${Object.keys(algorithmNumbers).join(', ')}`,
  )
}

function readHash(tokens: TokenReader): void {
  const { line } = tokens
  const name = tokens.word('a hash')
  if (name !== '0' && name !== 'rjenkins1') {
    throw new CrushError(`line ${line}`, `hash ${name} is unknown: CRUSH has 0, which is rjenkins1`)
  }
}

function readItem(tokens: TokenReader, line: number): TextItem {
  const name = tokens.word('the name of an item')
  let weight: number | undefined
  let position: number | undefined
  for (;;) {
    if (tokens.accept('weight')) weight = readWeight(tokens)
    else if (tokens.accept('pos')) position = tokens.integer('pos')
    else return { line, name, weight, position }
  }
}

function readWeight(tokens: TokenReader): number {
  const { line } = tokens
  const weight = toWeight(tokens.real('a weight'))
  if (weight >= 0 && weight <= weightMax) return weight
  throw new CrushError(`line ${line}`, 'a weight must be in 0…65535')
}

function readRule(tokens: TokenReader, line: number): TextRule {
  const name = tokens.accept('{') ? '' : tokens.word('the name of a rule')
  if (name !== '') tokens.expect('{')
  let id: number | undefined
  let kind: TextRule['kind'] = 'replicated'
  const sizes = { min_size: 1, max_size: 10 } // later releases leave them out
  const steps: TextStep[] = []
  while (!tokens.accept('}')) {
    const { line: partLine } = tokens
    const word = tokens.word('}')
    if (word === 'id' || word === 'ruleset') id = tokens.integer('the id of a rule')
    else if (word === 'type') kind = readKind(tokens)
    else if (word === 'min_size' || word === 'max_size') sizes[word] = tokens.integer(word)
    else if (word === 'step') steps.push(readStep(tokens, partLine))
    else throw new CrushError(`line ${partLine}`, `${word} is not part of a rule: id, type, min_size, max_size or step`)
  }
  if (id === undefined) throw new CrushError(`line ${line}`, `rule ${name} has no id`)
  return { line, name: name || `rule${id}`, id, kind, minSize: sizes.min_size, maxSize: sizes.max_size, steps }
}

function readKind(tokens: TokenReader): TextRule['kind'] {
  const { line } = tokens
  const kind = tokens.word('the type of a rule')
  if (kind === 'replicated' || kind === 'erasure') return kind
  throw new CrushError(`line ${line}`, `a rule of type ${kind} is not supported: replicated or erasure`)
}

function readStep(tokens: TokenReader, line: number): TextStep {
  const op = tokens.word('a step')
  if (op === 'noop' || op === 'emit') return { line, op }
  if (op === 'take') {
    const item = tokens.word('a device or crush bucket')
    return { line, op, item, class: tokens.accept('class') ? tokens.word('a device class') : undefined }
  }
  if (op === 'choose' || op === 'chooseleaf') {
    const mode = tokens.word('firstn or indep')
    if (mode !== 'firstn' && mode !== 'indep') throw new CrushError(`line ${line}`, `${op} ${mode}: firstn or indep`)
    const count = tokens.integer('the number to choose')
    tokens.expect('type')
    return { line, op, mode, count, type: tokens.word('a type') }
  }
  if (Object.hasOwn(settingSteps, op)) return { line, op: 'set', name: op, value: tokens.integer(op) }
  throw new CrushError(`line ${line}`, `step ${op} is not one that CRUSH has`)
}

function readChooseArgs(tokens: TokenReader, line: number) {
  const id = tokens.integer('the id of a choose_args set')
  const args: TextChooseArgs[] = []
  tokens.expect('{')
  while (!tokens.accept('}')) args.push(readChooseArgsEntry(tokens))
  return { line, id, args }
}

function readChooseArgsEntry(tokens: TokenReader): TextChooseArgs {
  const { line } = tokens
  tokens.expect('{')
  tokens.expect('bucket_id')
  const bucket = tokens.integer('bucket_id')
  const weightSet: number[][] = []
  const ids: number[] = []
  while (!tokens.accept('}')) {
    if (tokens.accept('weight_set')) {
      tokens.expect('[')
      while (!tokens.accept(']')) {
        tokens.expect('[')
        const row: number[] = []
        while (!tokens.accept(']')) row.push(readWeight(tokens))
        weightSet.push(row)
      }
    } else {
      tokens.expect('ids')
      tokens.expect('[')
      while (!tokens.accept(']')) ids.push(tokens.integer('an id'))
    }
  }
  return { line, bucket, weightSet, ids }
}
