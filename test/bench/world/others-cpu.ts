/** How much CPU everybody else on the machine took meanwhile: figures beside a strange load say little. */
import { readFileSync } from 'node:fs'
import { cpuSecondsOf } from '../proc.ts'

const ticksPerSecond = 100

/** Seconds of all cores that were not idle, from /proc/stat (man 5 proc). */
export function busySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    /^cpu\s+(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? []
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond
}

export class OthersCpu {
  readonly #start = this.#read()

  /** Cores that others had in use, on average since the beginning. */
  cores(): number {
    const { at, others } = this.#read()
    const seconds = (at - this.#start.at) / 1000
    return Math.max(0, others - this.#start.others) / seconds
  }

  /** What this process and all that it has started took is ours. */
  #read(): { at: number; others: number } {
    const busy = busySeconds(readFileSync('/proc/stat', 'latin1'))
    return { at: performance.now(), others: busy - cpuSecondsOf([process.pid]) }
  }
}
