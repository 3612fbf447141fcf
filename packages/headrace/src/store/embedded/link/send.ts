import type { Socket } from 'node:net'
import { encodeFrame, type ToGateway, type ToKeeper } from './protocol.ts'

/** Writes a message; those of one turn of the event loop leave together. */
export function sendCorked(socket: Socket | undefined, message: ToKeeper | ToGateway): void {
  if (socket === undefined || socket.destroyed) return
  if (socket.writableCorked === 0) {
    socket.cork()
    process.nextTick(() => socket.uncork())
  }
  for (const bytes of encodeFrame(message)) socket.write(bytes)
}
