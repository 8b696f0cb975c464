import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { wantsOpenMetrics, type Exposition } from '../../metrics/exposition.ts'
import { problemAnswers } from '../schemas.ts'
import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from '../../log/logger.ts'
import { Problem, sendProblem } from '../../http/problem.ts'

/** The numbers of all processes, as text. */
export type MetricsSource = (format: { openMetrics: boolean }) => Promise<Exposition>

const metricsSchema = {
  operationId: 'readMetrics',
  summary: 'Metrics of all processes, in the text format of Prometheus',
  description:
    'OpenMetrics where `Accept` asks for it. At most a second old; a process that does not answer within a second is ' +
    'missing, and has `sluice_process_up` 0. All metrics: docs/metrics.md.',
  tags: ['metrics'],
  response: {
    200: { description: 'The metrics', content: { 'text/plain': { schema: Type.String() } } },
    ...problemAnswers(),
  },
}

/** The same as on the listener of its own, for whoever has a key. */
export const metricsRoutes: FastifyPluginCallbackTypebox<{ metrics: MetricsSource }> = (
  app,
  { metrics },
  done,
) => {
  app.get(
    '/metrics',
    { config: { scope: 'metrics:read' }, schema: metricsSchema },
    async (request, reply) => {
      const openMetrics = wantsOpenMetrics(request.headers.accept)
      const { contentType, text } = await metrics({ openMetrics })
      return reply.type(contentType).send(text)
    },
  )
  done()
}

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
