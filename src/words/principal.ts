import type { Party } from './party.ts'
import type { Submitter } from './submitter.ts'

/** Who asks: roles, audience and audit follow from it. Every command and every read carries one. */
export type Principal =
  /** An API key, by its id. */
  | { kind: 'key'; id: string }
  /** A login of those who submit mail, by its name. */
  | { kind: 'account'; id: string }
  /** A person with a hand on the machine, in a role. */
  | { kind: 'party'; id: Party }
  /** A process of the relay, on its own account. */
  | { kind: 'process'; id: 'store' | 'smtp' | 'delivery' | 'api' | 'supervisor' }

/** Its one text form, as events show it: `key:<id>`, `party:operator`. */
export const principalName = ({ kind, id }: Principal): string => `${kind}:${id}`

/** A login asks for itself; what comes from a trusted network is asked for by the process that took it in. */
export const principalOf = (submitter: Submitter): Principal =>
  submitter.kind === 'account'
    ? { kind: 'account', id: submitter.id }
    : { kind: 'process', id: 'smtp' }
