import { readFile } from 'node:fs/promises'
import { type CrushMap, parseBinaryMap, parseCrushDump, parseTextMap } from '@headrace/crush'
import { z } from 'zod'
import { dfSchema, osdDfSchema, osdDumpSchema, pgDumpSchema, statusSchema } from './answers.ts'
import type { CephOptions, FileOptions } from './subcommand.ts'

/** Runs the ceph program with these arguments. Returns what it wrote to standard output. */
export type RunCeph = (args: readonly string[]) => Promise<Buffer>

/** Questions to a cluster: the words of the ceph program, and the option that names a file with its answer. */
export const questions = {
  status: { words: 'status', option: 'status', schema: statusSchema },
  df: { words: 'df detail', option: 'df', schema: dfSchema },
  osdDump: { words: 'osd dump', option: 'osd-dump', schema: osdDumpSchema },
  osdDf: { words: 'osd df', option: 'osd-df', schema: osdDfSchema },
  pgDump: { words: 'pg dump pgs', option: 'pg-dump', schema: pgDumpSchema },
  crushDump: { words: 'osd crush dump', option: 'crush-dump', schema: z.unknown() },
} as const

export type Question = keyof typeof questions
export type Answer<Q extends Question> = z.output<(typeof questions)[Q]['schema']>

/** A cluster that runs, or what one has answered, in files. */
export class CephSource {
  readonly #files: FileOptions
  readonly #run: RunCeph
  /** Each is asked once, so that all that is made of an answer agrees. */
  readonly #texts = new Map<Question, Promise<string>>()

  /** @param run for what no file is given for, when none is given at all */
  constructor(options: CephOptions, run: RunCeph) {
    this.#files = options
    this.#run = run
  }

  /** Whether answers come from files. */
  get isRecorded(): boolean {
    return Object.keys(questions).some((question) => this.#files[question as Question] !== undefined)
  }

  /** Whether there will be an answer. */
  has(question: Question): boolean {
    return !this.isRecorded || this.#files[question] !== undefined
  }

  /** The answer as it was printed. */
  text(question: Question): Promise<string> {
    const known = this.#texts.get(question)
    if (known !== undefined) return known
    const asked = this.#read(question).then((bytes) => bytes.toString())
    this.#texts.set(question, asked)
    return asked
  }

  /** @throws Error naming the question and the field that is not as expected */
  async answer<Q extends Question>(question: Q): Promise<Answer<Q>> {
    const { schema, words } = questions[question]
    let value: unknown
    try {
      value = JSON.parse(mendNumbers(await this.text(question)))
    } catch (error) {
      if (error instanceof SyntaxError) throw new Error(`${this.#place(question)} is not JSON: ${error.message}`)
      throw error
    }
    const result = schema.safeParse(value)
    if (result.success) return result.data as Answer<Q>
    const [issue] = result.error.issues
    const where = issue?.path.join('.') || 'the whole'
    throw new Error(
      `${this.#place(question)} is not what \`ceph ${words} --format json\` prints: ${where}: ${issue?.message}`,
    )
  }

  /**
   * The CRUSH map of an epoch. A running cluster gives its binary form, which alone has the ids of device classes.
   * @returns also whether the map tells those ids
   */
  async crushMap(epoch: number): Promise<{ map: CrushMap; knowsClassIds: boolean }> {
    const bytes = this.isRecorded
      ? await this.#read('crushDump')
      : await this.#run(['osd', 'getcrushmap', String(epoch)])
    const isBinary = bytes.length > 4 && bytes.readUInt32LE(0) === binaryMagic
    if (isBinary) return { map: parseBinaryMap(bytes), knowsClassIds: true }
    const text = bytes.toString()
    const map = /^\s*\{/.test(text) ? parseCrushDump(text) : parseTextMap(text)
    return { map, knowsClassIds: map.classes.length < 2 }
  }

  async #read(question: Question): Promise<Buffer> {
    const path = this.#files[question]
    const { words, option } = questions[question]
    if (path === undefined) {
      if (!this.isRecorded) return await this.#run([...words.split(' '), '--format', 'json'])
      throw new Error(`--${option} is needed too: a file with what \`ceph ${words} --format json\` prints.`)
    }
    try {
      return await readFile(path)
    } catch (error) {
      throw new Error(`--${option}: ${path} cannot be read: ${(error as Error).message}`, { cause: error })
    }
  }

  #place(question: Question): string {
    const path = this.#files[question]
    return path === undefined ? `The answer to \`ceph ${questions[question].words}\`` : path
  }
}

/** The first word of a binary CRUSH map. */
const binaryMagic = 0x00010000

/** Ceph prints what it has divided by zero, such as the fill of an OSD without a device, as no JSON number. */
function mendNumbers(text: string): string {
  return text.replace(/(?<=[:,[]\s*)-?(?:nan|inf)(?=\s*[,\]}])/g, '0')
}
