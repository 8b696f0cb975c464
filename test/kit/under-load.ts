import { eventually } from './facts.ts'
import { deliveredTimes, judge, Load, numberOf, type Verdict } from './load.ts'
import { startRelay, type Relay, type SomeSettings } from './relay.ts'
import { startRemote, type Remote } from './remote.ts'

interface Trouble {
  relay: Relay
  sink: Remote
  load: Load
  /** Waits for fresh mail at the sink, and does it while more is coming in; it fails where there is no such mail. */
  amidTraffic: <T>(deed: () => T | Promise<T>) => Promise<T>
  /** Kills with -9 amid traffic, and waits until another process has taken its place. */
  kill: (name: Parameters<Relay['kill']>[0]) => Promise<void>
  /** Who sends or records is dying: what is in flight at this moment may be sent once more. */
  outcomesAreLost: () => void
}

export interface UnderLoadOptions {
  settings?: SomeSettings
  /** What happens while messages come in; they keep coming until it is over, and for a while after. */
  meanwhile: (trouble: Trouble) => Promise<void>
}

export interface AfterLoad {
  verdict: Verdict
  ledger: { accepted: number; delivered: number; open: number; difference: number }
  /** How many messages were refused, and how many sessions died. */
  troubles: number
}

/** So many messages reach the sink before each trouble, and so many are accepted after the last. */
const freshMessages = 40
const messagesAfterwards = 100

/**
 * Sends messages through a relay to a sink while something goes wrong, waits until nothing is open, and compares
 * what the client was told with what the sink took.
 */
export async function underLoad(options: UnderLoadOptions): Promise<AfterLoad> {
  await using sink = await startRemote()
  await using relay = await startRelay({
    route: sink.route,
    settings: { delivery: { retry_first: '1s', retry_longest: '2s' }, ...options.settings },
  })
  using load = new Load({ connect: () => relay.smtp() })
  const acceptedAtTroubles: number[] = []
  const amidTraffic: Trouble['amidTraffic'] = async (deed) => {
    await sink.untilAccepted(sink.accepted.length + freshMessages)
    acceptedAtTroubles.push(load.accepted)
    return deed()
  }
  const kills: number[] = []
  const outcomesAreLost = (): void => void kills.push(Date.now())
  const kill: Trouble['kill'] = (name) =>
    amidTraffic(() => {
      if (name === 'store' || name === 'delivery') outcomesAreLost()
      return relay.killAndAwaitReturn(name)
    })
  await load.run(
    messagesAfterwards,
    options.meanwhile({ relay, sink, load, amidTraffic, kill, outcomesAreLost }),
  )
  mustHaveBeenUnderLoad(acceptedAtTroubles, load.accepted)
  const ledger = await settled(relay)
  const sunk = sink.accepted.map((message) => ({
    number: numberOf(message),
    atMs: message.times.mail,
  }))
  const verdict = judge(load.known, sunk, deliveredTimes(await relay.events()), kills)
  return { verdict, ledger, troubles: load.troubles }
}

/** A trouble before the first message, or after the last, proves nothing. */
function mustHaveBeenUnderLoad(acceptedAtTroubles: readonly number[], total: number): void {
  const among = (accepted: number): boolean => accepted > 0 && accepted < total
  if (acceptedAtTroubles.length > 0 && acceptedAtTroubles.every(among)) return
  throw new Error(`troubles came at ${acceptedAtTroubles.join(', ')} of ${total} messages`)
}

/** Waits until all that was accepted is delivered, and gives the ledger. */
export async function settled(relay: Relay, deadlineMs = 80_000): Promise<AfterLoad['ledger']> {
  const read = async (): Promise<AfterLoad['ledger']> =>
    (await relay.api('/ledger')).body as AfterLoad['ledger']
  const { accepted } = await eventually('the ledger', read)
  await relay.until({ delivered: accepted }, deadlineMs)
  return read()
}
