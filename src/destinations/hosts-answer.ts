import type { Host } from './host-list.ts'
import type { Place } from './pace.ts'
import type { Undeliverable } from './undeliverable.ts'

/** Where mail for a destination is to be taken, or why it can't be taken anywhere. */
export type HostsAnswer =
  /** `inOrder`: the hosts in an order to try them, each time a new one, never empty; `place`: what `Pace` counts by. */
  { kind: 'hosts'; place: Place; inOrder: () => Host[] } | Undeliverable
