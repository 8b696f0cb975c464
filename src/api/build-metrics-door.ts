import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from '../log/logger.ts'
import { wantsOpenMetrics } from '../metrics/exposition.ts'
import { Problem, sendProblem } from '../http/problem.ts'
import type { MetricsSource } from './routes/metrics.ts'

/** What is listened with at `metrics.listen`: one path, without a key. Nothing else of the API is there. */
export async function buildMetricsDoor(
  metrics: MetricsSource,
  log: Logger,
): Promise<FastifyInstance> {
  const app = fastify()
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new Problem('not-found', 'Only /metrics is here.')),
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
