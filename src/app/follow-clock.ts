import type { StoreReader } from '../store/protocol/reader.ts'
import { second, systemClock } from '../time/clock.ts'
import { RelayClock } from '../time/relay-clock.ts'

/** A jump is noticed here at once; whether the store has accepted it is known this much later. */
const lookEveryMs = second

export interface FollowedClock {
  clock: RelayClock
  stop(): void
}

/** The relay's time in another process than the store: that of the machine, without jumps that were not accepted. */
export async function followClock(reader: Pick<StoreReader, 'clock'>): Promise<FollowedClock> {
  const clock = new RelayClock(systemClock)
  clock.follow(await reader.clock())
  const look = (): void => {
    reader.clock().then(
      (view) => clock.follow(view),
      // It is read again the next time; other code reports a store that can't be read.
      () => undefined,
    )
  }
  const timer = setInterval(look, lookEveryMs)
  return { clock, stop: () => clearInterval(timer) }
}
