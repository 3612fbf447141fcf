import { isSendableHeader } from '@headrace/s3'
import type { UpstreamRequest } from '../exchange.ts'

const methods = /^[A-Z]{1,20}$/
const targets = /^[\x21-\x7e]+$/

/**
 * Request line and headers as a character for each byte.
 * @throws Error when they would be understood as something else than was meant: a line end in a value begins a header
 */
export function encodeRequestHead({ method, target, headers }: UpstreamRequest): string {
  if (!methods.test(method) || !targets.test(target)) {
    throw new Error(`not a request line: ${JSON.stringify(`${method} ${target}`)}`)
  }
  let head = `${method} ${target} HTTP/1.1\r\n`
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string
    const value = headers[at + 1] as string
    if (!isSendableHeader(name, value)) throw new Error(`not a header that can be sent: ${JSON.stringify(name)}`)
    head += `${name}: ${value}\r\n`
  }
  return `${head}\r\n`
}

/** Whether the upstream is to be asked before the body is sent. */
export function expectsContinue({ headers }: UpstreamRequest): boolean {
  for (let at = 0; at < headers.length; at += 2) {
    if ((headers[at] as string).toLowerCase() === 'expect') return true
  }
  return false
}
