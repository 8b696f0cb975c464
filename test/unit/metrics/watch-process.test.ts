import { expect, test } from 'vitest'
import { reportOf } from '../../../src/metrics/report.ts'
import { watchProcess } from '../../../src/metrics/watch-process.ts'
import { eventually } from '../../kit/facts.ts'

test('every process reports its memory, processor time and how late its event loop is', async () => {
  watchProcess()
  const { samples } = await reportOf('smtp')
  const valueOf = (name: string, label: string): number =>
    Number(samples[name]?.find(([[value]]) => value === label)?.[1])
  expect(valueOf('sluice_memory_bytes', 'resident')).toBeGreaterThan(10_000_000)
  expect(valueOf('sluice_cpu_seconds_total', 'user')).toBeGreaterThan(0)
  expect(valueOf('sluice_event_loop_seconds_total', 'busy')).toBeGreaterThan(0)
})

test('a turn of the event loop that took long is counted', async () => {
  watchProcess()
  const longTurns = async (): Promise<number> => {
    const [lag] = (await reportOf('smtp')).samples['sluice_event_loop_lag_seconds'] ?? []
    const counts = [lag?.[1] ?? []].flat().slice(0, -1)
    return counts.slice(7).reduce((sum, count) => sum + count, 0) // Above 0.25 s
  }
  const before = await longTurns()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  await eventually('the long turn', async () => (await longTurns()) > before || undefined)
})
