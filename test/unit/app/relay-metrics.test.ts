import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serveAnswer } from '../../../src/ipc/one-answer.ts'
import { readMetrics } from '../../kit/scrape.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { metricsSource } from '../../../src/app/relay-metrics.ts'

test('however many scrape, the processes are asked once a second', async () => {
  using folder = tempFolder()
  const socket = join(folder.path, 'metrics.sock')
  let asked = 0
  const report = { process: 'delivery', samples: { sluice_lanes: [[[], 3]] } }
  const server = await serveAnswer(socket, () => {
    asked++
    return JSON.stringify([report])
  })
  const metrics = metricsSource(socket)
  const formats = [false, true, false, true, false]
  const all = await Promise.all(formats.map((openMetrics) => metrics({ openMetrics })))
  server.close()
  for (const { text } of all) expect(readMetrics(text).get('sluice_lanes')).toBe(3)
  expect(asked).toBe(1)
})

test.each([
  ['is away', null],
  ['says something else', 'no JSON'],
])('where the supervisor %s, that is what is told, and nothing of the others', async (_, says) => {
  using folder = tempFolder()
  const socket = join(folder.path, 'metrics.sock')
  const server = says === null ? null : await serveAnswer(socket, () => says)
  const seen = readMetrics((await metricsSource(socket)({ openMetrics: false })).text)
  server?.close()
  expect(seen.get('sluice_process_up{process="supervisor"}')).toBe(0)
  expect(seen.get('sluice_process_up{process="api"}')).toBe(1)
  expect(seen.has('sluice_lanes')).toBe(false)
})
