import { createServer, type Server } from 'node:http'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { answerHealth, isAboutHealth } from '../front/health.ts'

export interface AdminOptions {
  /** Figures of this process, up to date. */
  readonly own: () => Promise<readonly Registry[]>
  /** Figures of the gateways, as `Registry.getMetricsAsJSON` gives them; they are added up. */
  readonly gateways: () => Promise<unknown[]>
  readonly isReady: () => boolean
  readonly failed: (error: unknown) => void
}

/** The server of the admin port: health, and metrics for Prometheus. */
export function createAdminServer({ own, gateways, isReady, failed }: AdminOptions): Server {
  return createServer({ requestTimeout: 30_000, noDelay: true }, (request, response) => {
    if (isAboutHealth(request, [])) return answerHealth(request, response, isReady)
    const path = (request.url ?? '').replace(/\?.*$/s, '')
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('Here are /metrics, /-/live and /-/ready.\n')
      return
    }
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

async function metricsText(own: AdminOptions['own'], gateways: AdminOptions['gateways']): Promise<string> {
  const [registries, figures] = await Promise.all([own(), gateways()])
  const added = AggregatorRegistry.aggregate(figures as unknown as Array<object>)
  const texts = await Promise.all([...registries.map((registry) => registry.metrics()), added.metrics()])
  return texts.filter((text) => text.trim() !== '').join('\n')
}
