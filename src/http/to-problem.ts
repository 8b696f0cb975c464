import type { FastifyError, FastifySchemaValidationError } from 'fastify'
import { StoreLost } from '../store/protocol/client.ts'
import { Problem, type ProblemErrors, type ProblemKind } from './problem.ts'

/** Faults of the request that Fastify finds by itself. Their own texts may quote the request, so they get ours. */
const ofFastify: Readonly<Record<string, [ProblemKind, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'At most 64 KB are read.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-body', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'The body does not have the length it said.'],
  FST_ERR_BAD_URL: ['bad-request', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'No such id.'],
}

/** Any fault as a problem. What is not known is ours: 500 without a word of the cause, which goes to the log. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error
  if (error.validation) return ofValidation(error.validation, error.validationContext)
  const known = ofFastify[error.code]
  if (known) return new Problem(...known)
  if (error instanceof StoreLost) {
    return new Problem(
      'outcome-unknown',
      'It may have been done, in part or whole, or be done yet. GET /api/v1/operations tells how far it is, GET /api/v1/events ' +
        'what happened, and the same operation with "dry_run" what is left to do; it can safely be asked for again.',
      { headers: { 'retry-after': '1' } },
    )
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('bad-request', 'The request could not be read.')
  }
  return new Problem('internal-error', 'The request failed; the log of the relay knows why.')
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
  `must not have ${names(params['additionalProperties'])}`

function allowed(params: Record<string, unknown>, message = 'is not valid'): string {
  return 'allowedValues' in params ? `must be one of ${names(params['allowedValues'])}` : message
}
