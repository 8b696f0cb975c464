/** Reads Linux's /proc: which processes stem from a given one, what CPU they took, what memory they hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** USER_HZ is 100 on every Linux that Node runs on (man 5 proc, /proc/pid/stat). */
const ticksPerSecond = 100

interface ProcessStat {
  pid: number
  parent: number
  /** Of the process itself and of all its descendants that ended and were waited for. */
  cpuSeconds: number
}

/** Reads /proc/<pid>/stat. The command name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    cpuSeconds: ticks / ticksPerSecond,
  }
}

/** Proportional set size from /proc/<pid>/smaps_rollup, in bytes; 0 where the kernel gives none. */
export function parsePss(text: string): number {
  const match = /^Pss:\s+(\d+) kB$/m.exec(text)
  return Number(match?.[1] ?? 0) * 1024
}

function allStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))]
      } catch {
        return [] // ended between the listing and the read
      }
    })
}

/** The given processes and everything below them, as far as they live. */
export function familyOf(roots: readonly number[], stats: readonly ProcessStat[]): ProcessStat[] {
  const family = stats.filter((stat) => roots.includes(stat.pid))
  const known = new Set(family.map((stat) => stat.pid))
  for (const member of family) {
    for (const stat of stats) {
      if (stat.parent !== member.pid || known.has(stat.pid)) continue
      known.add(stat.pid)
      family.push(stat)
    }
  }
  return family
}

/** CPU seconds that these processes and all their descendants took since they began, the ended ones included. */
export const cpuSecondsOf = (roots: readonly number[]): number =>
  familyOf(roots, allStats()).reduce((sum, stat) => sum + stat.cpuSeconds, 0)

/** Proportional set size of these processes and all their living descendants, in bytes. */
export async function pssBytesOf(roots: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    familyOf(roots, allStats()).map(async ({ pid }) => {
      try {
        return parsePss(await readFile(`/proc/${String(pid)}/smaps_rollup`, 'latin1'))
      } catch {
        return 0 // ended meanwhile
      }
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Whether a process lives (and isn't merely waiting to be reaped). */
export function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
    return text.charAt(text.lastIndexOf(')') + 2) !== 'Z'
  } catch {
    return false
  }
}
