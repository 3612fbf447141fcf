import net from 'node:net'

/** A way to a server that can be cut: connections through it break, and new ones are refused. */
export class Relay {
  readonly url: string
  readonly #port: number
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<net.Socket>()
  #server: net.Server | undefined
  /** Bytes that came from the server, over all connections. */
  #passedBytes = 0
  #cutAtByte = Number.POSITIVE_INFINITY

  private constructor(server: net.Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server
    this.#target = target
    this.#port = (server.address() as net.AddressInfo).port
    this.url = `http://127.0.0.1:${this.#port}`
    server.on('connection', (socket) => this.#carry(socket))
  }

  static async open(target: { readonly host: string; readonly port: number }): Promise<Relay> {
    return new Relay(await listening(0), target)
  }

  /** As upstreams are named. */
  get name(): string {
    return `127.0.0.1:${this.#port}`
  }

  get isCut(): boolean {
    return this.#server === undefined
  }

  /** As when the machine behind it is killed. */
  cut(): void {
    this.#server?.close()
    this.#server = undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Cuts it once so many more bytes have come from the server. */
  cutAfter(bytes: number): void {
    this.#cutAtByte = this.#passedBytes + bytes
  }

  /** Lets it work again, on the same port. */
  async mend(): Promise<void> {
    this.#cutAtByte = Number.POSITIVE_INFINITY
    if (this.#server !== undefined) return
    this.#server = await listening(this.#port)
    this.#server.on('connection', (socket) => this.#carry(socket))
  }

  #carry(client: net.Socket): void {
    const server = net.connect({ ...this.#target, noDelay: true })
    const ends = [client, server]
    for (const [index, socket] of ends.entries()) {
      const other = ends[1 - index] as net.Socket
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.pipe(server)
    server.on('data', (chunk: Buffer) => {
      this.#passedBytes += chunk.length
      if (this.#passedBytes >= this.#cutAtByte) return this.cut()
      if (!client.write(chunk)) server.pause()
    })
    client.on('drain', () => server.resume())
    server.on('end', () => client.end())
  }
}

async function listening(port: number): Promise<net.Server> {
  const server = net.createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
  return server
}
