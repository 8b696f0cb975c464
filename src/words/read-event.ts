import { Compile, type Validator } from 'typebox/compile'
import { eventKinds, formerEventNames, type AnyEvent, type EventName } from './event.ts'

/**
 * An event whose name or data this release does not know. It is shown all the same, under one name of its own: a gap in
 * what a follower sees would look like a lost event, and who can use the data can have it.
 */
export interface UnknownEvent {
  event: 'unknown'
  data: { name: string; data: Record<string, unknown> }
}

/** Compiled when the first event of its kind is read. */
const validators = new Map<EventName, Validator>()

/**
 * The event of a stored row. Rows of earlier releases are read as well: a former name becomes today's, a field that was
 * not recorded yet is null where null is possible, a field that is no longer declared is left out.
 */
export function readEvent(name: string, stored: Record<string, unknown>): AnyEvent | UnknownEvent {
  const event = nameOf(name)
  if (event === undefined) return unknown(name, stored)
  const data = declaredPart(event, stored)
  const validator = validators.get(event) ?? Compile(eventKinds[event].data)
  validators.set(event, validator)
  return validator.Check(data) ? ({ event, data } as AnyEvent) : unknown(name, stored)
}

const unknown = (name: string, data: Record<string, unknown>): UnknownEvent => ({
  event: 'unknown',
  data: { name, data },
})

function nameOf(name: string): EventName | undefined {
  const today = Object.hasOwn(formerEventNames, name) ? formerEventNames[name] : name
  return today !== undefined && isEventName(today) ? today : undefined
}

const isEventName = (name: string): name is EventName => Object.hasOwn(eventKinds, name)

function declaredPart(event: EventName, stored: Record<string, unknown>): Record<string, unknown> {
  const { properties, required = [] } = eventKinds[event].data as unknown as DataSchema
  const part: Record<string, unknown> = {}
  for (const [field, { anyOf }] of Object.entries(properties)) {
    if (stored[field] !== undefined) part[field] = stored[field]
    else if (required.includes(field) && anyOf?.some(({ type }) => type === 'null')) {
      part[field] = null
    }
  }
  return part
}

interface DataSchema {
  properties: Record<string, { anyOf?: { type?: string }[] }>
  required?: string[]
}
