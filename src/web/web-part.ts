import { createHash } from 'node:crypto'
import type { ServerPart } from '../http/build-server.ts'
import { entrancePage, entranceStyle } from './entrance-page.ts'

const styleHash = createHash('sha256').update(entranceStyle).digest('base64')

/** No script, nothing from elsewhere, no form; the one style is the page's own, known by its hash (CSP Level 3 §6.6.2). */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const webPart: ServerPart = (app) => {
  const config = { contentSecurityPolicy: policy }
  app.get('/', { config }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').serializer(String).send(entrancePage),
  )
  return Promise.resolve()
}
