import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { answerHealth, isAboutHealth } from '../front/health.ts'
import { type ApiOptions, answerApi, isAboutApi } from './api-server.ts'
import { type RootGateOptions, rootGate } from './authenticate-root.ts'

export interface AdminOptions {
  /** Figures of this process, up to date. */
  readonly own: () => Promise<readonly Registry[]>
  /** Figures of the gateways, as `Registry.getMetricsAsJSON` gives them; they are added up. */
  readonly gateways: () => Promise<unknown[]>
  readonly isReady: () => boolean
  readonly failed: (error: unknown) => void
  /** The admin API, for those who sign as the root owner. Without it there is none. */
  readonly api?: ApiOptions & RootGateOptions
}

/** The server of the admin port: health, and metrics for Prometheus, for everybody; the admin API for the root owner. */
export function createAdminServer({ own, gateways, isReady, failed, api }: AdminOptions): Server {
  const gate = api && rootGate(api)
  return createServer({ requestTimeout: 30_000, noDelay: true }, (request, response) => {
    if (isAboutHealth(request, [])) return answerHealth(request, response, isReady)
    if (api !== undefined && isAboutApi(request)) return void answerApi(request, response, api, gate)
    if (!isAboutMetrics(request)) return answerNotFound(response)
    metricsText(own, gateways).then(
      (text) => {
        response.writeHead(200, { 'content-type': AggregatorRegistry.PROMETHEUS_CONTENT_TYPE })
        response.end(text)
      },
      (error) => {
        failed(error)
        response.writeHead(500, { 'content-type': 'text/plain' })
        response.end('The metrics could not be collected; the log says why.\n')
      },
    )
  })
}

function isAboutMetrics({ method, url = '' }: IncomingMessage): boolean {
  return url.replace(/\?.*$/s, '') === '/metrics' && (method === 'GET' || method === 'HEAD')
}

function answerNotFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain' })
  response.end('Here are /metrics, /-/live and /-/ready; the admin API is under /api/v1.\n')
}

async function metricsText(own: AdminOptions['own'], gateways: AdminOptions['gateways']): Promise<string> {
  const [registries, figures] = await Promise.all([own(), gateways()])
  const added = AggregatorRegistry.aggregate(figures as unknown as Array<object>)
  const texts = await Promise.all([...registries.map((registry) => registry.metrics()), added.metrics()])
  return texts.filter((text) => text.trim() !== '').join('\n')
}
