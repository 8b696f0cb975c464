import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from '../log/logger.ts'
import { wantsOpenMetrics } from '../metrics/exposition.ts'
import { Problem, sendProblem } from '../http/problem.ts'
import type { MetricsSource } from './routes/metrics.ts'

/** The server at `metrics.listen`: only /metrics, without a key. */
export async function buildMetricsDoor(
  metrics: MetricsSource,
  log: Logger,
): Promise<FastifyInstance> {
  const app = fastify()
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new Problem('not-found', 'This address serves only /metrics.')),
  )
  app.setErrorHandler((error, _request, reply) => {
    log.error({ err: error }, 'a scrape failed')
    return sendProblem(reply, new Problem('internal-error', 'The metrics could not be read.'))
  })
  app.get('/metrics', async (request, reply) => {
    const { contentType, text } = await metrics({
      openMetrics: wantsOpenMetrics(request.headers.accept),
    })
    return reply.type(contentType).send(text)
  })
  await app.ready()
  return app
}
