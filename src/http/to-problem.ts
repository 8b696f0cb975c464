import type { FastifyError, FastifySchemaValidationError } from 'fastify'
import { StoreLost } from '../store/protocol/client.ts'
import { Problem, type ProblemErrors, type ProblemKind } from './problem.ts'

/** Invalid requests that Fastify itself finds. Fastify's texts may quote the request, so we use our own. */
const ofFastify: Readonly<Record<string, [ProblemKind, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'A body has at most 64 KB.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-body', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'bad-request',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_BAD_URL: ['bad-request', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'No resource has this id.'],
}

/** Turns any error into a problem. An unknown error is a fault of ours: 500 without its cause, which goes to the log. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error
  if (error.validation) return ofValidation(error.validation, error.validationContext)
  const known = ofFastify[error.code]
  if (known) return new Problem(...known)
  if (error instanceof StoreLost) {
    return new Problem(
      'outcome-unknown',
      'The store did not answer: the operation may have been done, in part or in full, or may still be carried out. ' +
        'GET /api/v1/operations shows how far it is, GET /api/v1/events what happened, and the same operation with "dry_run" ' +
        'what is left to do. Repeating the operation is safe.',
      { headers: { 'retry-after': '1' } },
    )
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('bad-request', 'The request could not be read.')
  }
  return new Problem(
    'internal-error',
    'The request failed; the cause is in api.log, under the id of this request.',
  )
}

function ofValidation(
  found: readonly FastifySchemaValidationError[],
  context: FastifyError['validationContext'],
): Problem {
  const kind = context === 'body' ? 'malformed-body' : 'malformed-parameter'
  const errors = pointed(found)
  const summary = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
  return new Problem(kind, summary, { errors })
}

const errorsShown = 10

function pointed(found: readonly FastifySchemaValidationError[]): ProblemErrors {
  const errors = found
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf')
    .map(({ instancePath, keyword, params, message }) => ({
      pointer: `#${instancePath}`,
      detail: keyword === 'additionalProperties' ? unknownKeys(params) : allowed(params, message),
    }))
  return errors.slice(0, errorsShown)
}

const names = (value: unknown): string =>
  Array.isArray(value) ? value.join(', ').slice(0, 200) : ''

const unknownKeys = (params: Record<string, unknown>): string =>
  `has unknown fields: ${names(params['additionalProperties'])}`

function allowed(params: Record<string, unknown>, message = 'is not valid'): string {
  return 'allowedValues' in params ? `must be one of ${names(params['allowedValues'])}` : message
}
