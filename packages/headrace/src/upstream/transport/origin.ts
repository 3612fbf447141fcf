import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'

/** Where an upstream is reached. */
export interface UpstreamOrigin {
  readonly protocol: 'http:' | 'https:'
  /** Address or name to connect to. */
  readonly host: string
  readonly port: number
  readonly tls?: UpstreamTls
}

/** What TLS needs beyond the authorities that the system trusts. */
export interface UpstreamTls extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  /** Name that the certificate must be for, and that is sent as SNI; the host unless told otherwise. */
  readonly serverName?: string
  /** False accepts any certificate: for whoever listens in between as well. */
  readonly verify?: boolean
}

/** Opens sockets to one origin. With TLS, a session that was agreed on is used again, which saves a round trip. */
export class Dialer {
  readonly #origin: UpstreamOrigin
  readonly #secureContext: SecureContext | undefined
  #session: Buffer | undefined

  constructor(origin: UpstreamOrigin) {
    this.#origin = origin
    if (origin.protocol === 'https:') this.#secureContext = createSecureContext({ ...origin.tls })
  }

  get isSecure(): boolean {
    return this.#secureContext !== undefined
  }

  /** @param opened called when requests can be sent */
  openPlain(onread: OnReadOpts, opened: () => void): Socket {
    const { host, port } = this.#origin
    return connectTcp({ host, port, noDelay: true, onread }, opened)
  }

  /** @param opened called when requests can be sent */
  openSecure(opened: () => void): Socket {
    const { host, port, tls } = this.#origin
    const name = tls?.serverName ?? host
    const socket = connectTls(
      {
        host,
        port,
        secureContext: this.#secureContext,
        // An address is no name to send, but the certificate is held against it all the same.
        ...(isIP(name) ? {} : { servername: name }),
        rejectUnauthorized: tls?.verify ?? true,
        ALPNProtocols: ['http/1.1'],
        session: this.#session,
      },
      opened,
    )
    socket.setNoDelay(true)
    socket.on('session', (session: Buffer) => {
      this.#session = session
    })
    return socket
  }
}
