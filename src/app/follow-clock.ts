import type { StoreReader } from '../store/protocol/reader.ts'
import { second, systemClock } from '../time/clock.ts'
import { RelayClock } from '../time/relay-clock.ts'

/** A jump is noticed here at once; what the store thinks of it is known this much later. */
const lookEveryMs = second

export interface FollowedClock {
  clock: RelayClock
  stop(): void
}

/** The time that the store acts on, in another process: the machine's, but for jumps that nobody has accepted. */
export async function followClock(reader: Pick<StoreReader, 'clock'>): Promise<FollowedClock> {
  const clock = new RelayClock(systemClock)
  clock.follow(await reader.clock())
  const look = (): void => {
    reader.clock().then(
      (view) => clock.follow(view),
      // What the reader can't read now it reads the next time; others tell of the trouble.
      () => undefined,
    )
  }
  const timer = setInterval(look, lookEveryMs)
  return { clock, stop: () => clearInterval(timer) }
}
