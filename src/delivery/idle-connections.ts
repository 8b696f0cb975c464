import { isRoute } from '../destinations/pace.ts'
import { minute, second } from '../time/clock.ts'
import type { Idle } from './host-set.ts'
import { LinkedList } from './linked-list.ts'

const idleAtHostsMs = 10 * second
const idleAtRouteMs = minute

/** Open connections without work. Each can be found by host set, by provider and by age in O(1). */
export class IdleConnections<L> {
  /** The longest idle first. */
  readonly #atHosts = new LinkedList<Idle<L>>()
  readonly #atRoutes = new LinkedList<Idle<L>>()

  get size(): number {
    return this.#atHosts.length + this.#atRoutes.length
  }

  keep(idle: Idle<L>): void {
    const { hostSet, ofHostSet, ofProvider, byAge } = idle
    hostSet.idle.push(ofHostSet)
    hostSet.provider.idle.push(ofProvider)
    const all = isRoute(hostSet.name) ? this.#atRoutes : this.#atHosts
    all.push(byAge)
  }

  remove({ ofHostSet, ofProvider, byAge }: Idle<L>): void {
    ofHostSet.leave()
    ofProvider.leave()
    byAge.leave()
  }

  /** The longest idle of all; a route's only where no other idles, as it will be wanted again. */
  get oldest(): Idle<L> | null {
    return this.#atHosts.first ?? this.#atRoutes.first
  }

  /** One that has been idle for too long. */
  overdue(now: number): Idle<L> | null {
    const atHost = this.#atHosts.first
    if (atHost && atHost.since + idleAtHostsMs <= now) return atHost
    const atRoute = this.#atRoutes.first
    return atRoute && atRoute.since + idleAtRouteMs <= now ? atRoute : null
  }
}
