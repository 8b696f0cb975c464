/** Schema parts that several resources share. */
import { Type, type TSchema } from 'typebox'
import { rfc3339, type Millis } from '../time/clock.ts'

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' })

export const timeOrNull = (at: Millis | null): string | null => (at === null ? null : rfc3339(at))
