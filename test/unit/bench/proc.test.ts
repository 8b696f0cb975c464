import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  cpuSecondsOf,
  familyOf,
  isAlive,
  parsePss,
  parseStat,
  pssBytesOf,
} from '../../bench/proc.ts'
import { spawnForTest } from '../../kit/child.ts'

describe('proc', () => {
  it('counts a process with its waited-for children, whatever its name looks like', () => {
    const stat = '42 (a) b (c)) S 7 42 42 0 -1 4194560 900 0 0 0 150 50 25 25 20 0 1 0 100 0 0'
    expect(parseStat(stat)).toEqual({ pid: 42, parent: 7, cpuSeconds: 2.5 })
  })

  it('reads the proportional set size alone, not its parts', () => {
    const rollup = 'Rss:  900 kB\nPss:                 123 kB\nPss_Dirty:  99 kB\nPss_Anon: 98 kB\n'
    expect(parsePss(rollup)).toBe(123 * 1024)
    expect(parsePss('')).toBe(0)
  })

  it('finds all descendants, also those listed before their parents, and nobody else', () => {
    const stats = [
      { pid: 30, parent: 20, cpuSeconds: 0 },
      { pid: 20, parent: 10, cpuSeconds: 0 },
      { pid: 10, parent: 1, cpuSeconds: 0 },
      { pid: 11, parent: 1, cpuSeconds: 0 },
    ]
    expect(familyOf([10], stats).map(({ pid }) => pid)).toEqual([10, 20, 30])
  })

  it('sees what a real child takes and that it has ended', async () => {
    const child = spawnForTest('sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    expect(isAlive(pid)).toBe(true)
    expect(await pssBytesOf([pid])).toBeGreaterThan(0)
    expect(cpuSecondsOf([process.pid])).toBeGreaterThan(0)
    child.stdin.end()
    await once(child, 'exit')
    expect(isAlive(pid)).toBe(false)
    expect(await pssBytesOf([pid])).toBe(0)
  })
})
