import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, type ProcessName } from '../kit/relay-process.ts'
import type { Relay } from '../kit/relay.ts'

export const victims = [
  'store',
  'smtp',
  'delivery',
  'api',
  'redis',
] as const satisfies ProcessName[]

export interface Kill {
  name: ProcessName
  atMs: number
}

export interface KillPlan {
  /** How often each process is killed. */
  times: number
  /** Resolves when the load is so far, as a part of the whole, that the next kill falls among live traffic. */
  reached: (part: number) => Promise<void>
  onKill: (done: number, all: number) => void
}

const longestPauseMs = 50

/**
 * Kills each process so many times with -9, in random order at random moments spread over the load; one that has not
 * come back yet is left alone until it has. Gives all kills, in order.
 */
export async function killAtRandom(relay: Relay, plan: KillPlan): Promise<Kill[]> {
  const left = new Map<ProcessName, number>(victims.map((name) => [name, plan.times]))
  const lastKilled = new Map<ProcessName, number>()
  const kills: Kill[] = []
  const all = victims.length * plan.times
  while (kills.length < all) {
    await plan.reached((kills.length + Math.random()) / all)
    await delay(Math.random() * longestPauseMs)
    const { processes } = relay.run
    const ready = victims.filter((name) => {
      const pid = processes[name]
      return (left.get(name) ?? 0) > 0 && pid !== lastKilled.get(name) && isAlive(pid)
    })
    const name = ready[Math.floor(Math.random() * ready.length)]
    if (!name) continue
    kills.push({ name, atMs: Date.now() })
    lastKilled.set(name, relay.kill(name))
    left.set(name, (left.get(name) ?? 0) - 1)
    plan.onKill(kills.length, all)
  }
  return kills
}
