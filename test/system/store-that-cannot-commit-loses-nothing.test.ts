import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'
import { has } from './needs.ts'

/** What the kernel answers to the store under load, as strace injects it. */
const faults: [string, string, string][] = [
  ['EIO at the fsync of a commit', 'fsync,fdatasync', 'error=EIO:when=20'],
  ['EIO at every fsync', 'fsync,fdatasync', 'error=EIO'],
  ['EIO at a write', 'pwrite64', 'error=EIO:when=40'],
  ['a full disk at some writes', 'pwrite64', 'error=ENOSPC:when=40..60'],
]

/** Injects a fault into a running process until it ends or `stop` is called. */
async function inject(
  pid: number,
  calls: string,
  fault: string,
): Promise<{ stop: () => Promise<void> }> {
  const args = [
    '-f',
    '-q',
    '-p',
    String(pid),
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:${fault}`,
  ]
  const strace = spawn('strace', [...args, '-o', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  strace.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const ended = once(strace, 'exit')
  await eventually('strace to hold the store', () => {
    // It has nothing left to hold: the fault has ended the store already.
    if (strace.exitCode !== null && said === '') return true
    if (strace.exitCode !== null) throw new Error(said)
    return /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) || undefined
  })
  return {
    stop: async () => {
      strace.kill('SIGINT')
      await ended
    },
  }
}

test.skipIf(!has('strace')).each(faults)(
  '%s: what was answered 250 is delivered, what was refused is not, the ledger agrees',
  async (_, calls, fault) => {
    const { verdict, ledger } = await underLoad({
      meanwhile: async ({ relay, load, amidTraffic }) => {
        const before = load.troubles
        const injected = await amidTraffic(() => inject(relay.pid('store'), calls, fault))
        await eventually('the fault to be felt', () => load.troubles > before || undefined)
        const accepted = load.accepted
        await eventually(
          'mail taken after the fault',
          () => load.accepted >= accepted + 100 || undefined,
          120_000,
        )
        await injected.stop()
      },
    })
    expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [] })
    expect(ledger).toMatchObject({ open: 0, difference: 0 })
  },
)
