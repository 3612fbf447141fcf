import { Packr } from 'msgpackr'
import type { ForegroundLoad } from '../../../core/foreground-load.ts'
import type { Fault } from '../drive/faulty-drive.ts'
import type { Mutation } from '../keeper/mutation.ts'
import type { StoreMap } from '../placement/store-map.ts'

/** What a gateway says to the keeper. */
export type ToKeeper =
  /** First of all. `session` is 0 the first time, and the same as before after a break. */
  | { readonly type: 'hello'; readonly session: number; readonly processId: number; readonly worker: number }
  /** The index that the last `welcome` named is open here. */
  | { readonly type: 'opened' }
  | { readonly type: 'submit'; readonly id: number; readonly mutation: Mutation; readonly resent: boolean }
  /** Every second: no read that began at or before `oldestSeq` is over; and how its clients fare. */
  | { readonly type: 'reads'; readonly oldestSeq: number; readonly load: ForegroundLoad }
  /** A drive has failed it. */
  | { readonly type: 'trouble'; readonly device: number; readonly code: string }
  /** A read of the index has found it damaged. */
  | { readonly type: 'damaged'; readonly reason: string; readonly indexPath: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }

/** What the keeper says to a gateway. */
export type ToGateway =
  /** To be answered with `opened`: until then, the keeper commits nothing. */
  | { readonly type: 'welcome'; readonly session: number; readonly indexPath: string; readonly store: StoreView }
  /** The map, or what is injected into drives, has changed. */
  | { readonly type: 'store'; readonly store: StoreView }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly refusal: Refusal }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }

/** What the keeper may want to know of a gateway. */
export type Question = 'metrics' | 'drives'

/** What the keeper decides, and the gateways go by. */
export interface StoreView {
  readonly map: StoreMap
  /** Faults that are injected for drills, by device. */
  readonly faults: readonly (readonly [device: number, fault: Fault])[]
}

/** An expected failure on its way between processes. */
export type Refusal =
  | { readonly kind: 'stale' }
  | { readonly kind: 's3'; readonly code: string; readonly message: string; readonly details: Record<string, string> }

const packr = new Packr({ useRecords: false })
const lengthBytes = 4
/** Larger than any mutation: ten thousand parts with their checksums. */
const frameBytesMax = 64 * 1024 * 1024

/** A message as it goes over the wire: its length, and its body. */
export function encodeFrame(message: ToKeeper | ToGateway): [length: Buffer, body: Buffer] {
  const body = packr.pack(message)
  const length = Buffer.allocUnsafe(lengthBytes)
  length.writeUInt32LE(body.length)
  return [length, body]
}

/** Puts the chunks of a stream together to messages. */
export class FrameDecoder<Message> {
  #pending: Buffer[] = []
  #pendingBytes = 0
  #wantedBytes = lengthBytes

  /** @returns the messages that are complete with this chunk */
  push(chunk: Buffer): Message[] {
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < this.#wantedBytes) return []
    const bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending)
    const messages: Message[] = []
    let at = 0
    for (;;) {
      this.#wantedBytes = lengthBytes
      if (bytes.length - at < lengthBytes) break
      const bodyBytes = bytes.readUInt32LE(at)
      if (bodyBytes > frameBytesMax) throw new Error(`a message of ${bodyBytes} bytes is too long`)
      this.#wantedBytes = lengthBytes + bodyBytes
      if (bytes.length - at < this.#wantedBytes) break
      messages.push(packr.unpack(bytes.subarray(at + lengthBytes, at + this.#wantedBytes)))
      at += this.#wantedBytes
    }
    this.#pending = at < bytes.length ? [bytes.subarray(at)] : []
    this.#pendingBytes = bytes.length - at
    return messages
  }
}
