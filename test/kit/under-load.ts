import { eventually } from './facts.ts'
import { deliveredTimes, judge, Load, numberOf, type Verdict } from './load.ts'
import { startRelay, type Relay, type SomeSettings } from './relay.ts'
import { startRemote, type Remote } from './remote.ts'

interface Trouble {
  relay: Relay
  sink: Remote
  load: Load
  /** Kills with -9 and waits until another process has taken its place. */
  kill: (name: Parameters<Relay['kill']>[0]) => Promise<void>
}

export interface UnderLoadOptions {
  messages: number
  settings?: SomeSettings
  /** What happens while the messages come in. */
  meanwhile: (trouble: Trouble) => Promise<void>
}

export interface AfterLoad {
  verdict: Verdict
  ledger: { accepted: number; delivered: number; open: number; difference: number }
}

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
  const kills: number[] = []
  using load = new Load({ connect: () => relay.smtp() })
  const kill: Trouble['kill'] = async (name) => {
    if (name === 'store' || name === 'delivery') kills.push(Date.now())
    await relay.killAndAwaitReturn(name)
  }
  await Promise.all([load.run(options.messages), options.meanwhile({ relay, sink, load, kill })])
  const ledger = await settled(relay)
  const sunk = sink.accepted.map((message) => ({
    number: numberOf(message),
    atMs: message.times.mail,
  }))
  return { verdict: judge(load.known, sunk, deliveredTimes(await relay.events()), kills), ledger }
}

/** Waits until all that was accepted is delivered, and gives the ledger. */
export async function settled(relay: Relay, deadlineMs = 80_000): Promise<AfterLoad['ledger']> {
  const read = async (): Promise<AfterLoad['ledger']> =>
    (await relay.api('/ledger')).body as AfterLoad['ledger']
  const { accepted } = await eventually('the ledger', read)
  await relay.until({ delivered: accepted }, deadlineMs)
  return read()
}
