import type { Party } from './party.ts'
import type { Submitter } from './submitter.ts'

/** Who asks: roles, audience and audit follow from it. Every command and every read carries one. */
export type Principal =
  /** An API key, by its id. */
  | { kind: 'key'; id: string }
  /** A login of those who submit mail, by its name. */
  | { kind: 'account'; id: string }
  /** Those who submit mail from a trusted network, by its CIDR. */
  | { kind: 'network'; id: string }
  /** A person with a hand on the machine, in a role. */
  | { kind: 'party'; id: Party }
  /** A process of the relay, on its own account. */
  | { kind: 'process'; id: 'store' | 'smtp' | 'delivery' | 'api' | 'supervisor' }

/** Its one text form, as events show it: `key:<id>`, `party:operator`. */
export const principalName = ({ kind, id }: Principal): string => `${kind}:${id}`

/** Those who submit mail ask for themselves: the store's turns go by it. */
export const principalOf = ({ kind, id }: Submitter): Principal =>
  kind === 'system' ? { kind: 'process', id: 'smtp' } : { kind, id }
