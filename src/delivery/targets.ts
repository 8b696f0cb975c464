import { isIP } from 'node:net'
import { parseRoute } from '../words/route.ts'
import { placeOfRoute, type Place } from '../destinations/pace.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import type { Reply } from '../mail/reply.ts'
import type { LaneName } from '../words/lane.ts'
import { minute, second } from '../time/clock.ts'
import type { Candidate } from './client/open-connection.ts'

/** Where a lane's mail is to be taken. */
export type Target =
  | (Place & {
      kind: 'hosts'
      /** In the order to try them. */
      candidates: readonly Candidate[]
      messagesPerConnection: number
      /** How long a connection without work is kept. */
      idleMs: number
    })
  | { kind: 'permanent'; reply: Reply; unknownDomain?: true }
  | { kind: 'temporary'; reply: Reply }

export interface TargetSettings {
  sandboxSocket: string
  messagesPerConnection: number
}

const idleAtMxMs = 10 * second
const idleAtRouteMs = minute

/** Finds the target for mail of a lane. */
export async function findTarget(
  { route, destination }: LaneName,
  settings: TargetSettings,
  resolver: HostsResolver,
): Promise<Target> {
  const parsed = parseRoute(route)
  switch (parsed?.kind) {
    case 'sandbox':
      return toRoute(route, {
        host: 'sandbox',
        address: 'sandbox',
        socket: { path: settings.sandboxSocket },
        startTls: false,
      })
    case 'smarthost': {
      const { host, port } = parsed
      const address = isIP(host) ? host : `${host}:${port}`
      return toRoute(route, { host, address, socket: { host, port }, startTls: true })
    }
    case 'mx':
      return toMxHosts(destination, settings, resolver)
    case undefined:
      return {
        kind: 'temporary',
        reply: { code: 451, enhanced: '4.3.5', text: 'the route of this message is unreadable' },
      }
  }
}

const toRoute = (route: string, candidate: Candidate): Target => ({
  kind: 'hosts',
  ...placeOfRoute(route),
  candidates: [candidate],
  messagesPerConnection: Infinity,
  idleMs: idleAtRouteMs,
})

async function toMxHosts(
  destination: string,
  settings: TargetSettings,
  resolver: HostsResolver,
): Promise<Target> {
  const answer = resolver.known(destination) ?? (await resolver.lookUp(destination))
  if (answer.kind !== 'hosts') return answer
  const candidates = answer.hosts.flatMap(({ name, addresses, port }) =>
    addresses.map((address) => ({
      host: name,
      address,
      socket: { host: address, port },
      startTls: true,
    })),
  )
  return {
    kind: 'hosts',
    ...answer.place,
    candidates,
    messagesPerConnection: settings.messagesPerConnection,
    idleMs: idleAtMxMs,
  }
}
