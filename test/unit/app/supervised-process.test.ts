import { expect, test } from 'vitest'
import type { ChildPlan } from '../../../src/app/child.ts'
import type { RelayEnd } from '../../../src/app/running.ts'
import { SupervisedProcess } from '../../../src/app/supervised-process.ts'
import { monotonicMs } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { isAlive } from '../../kit/relay-process.ts'

/** A store made of this script, what was said of it and how it ended the relay. */
function supervise(script: string, speaks = true) {
  const plan = (): ChildPlan => ({
    command: process.execPath,
    args: ['-e', script],
    env: process.env,
    speaks,
  })
  const said: string[] = []
  const ends: RelayEnd[] = []
  const pids: number[] = []
  let ready = 0
  const supervised: SupervisedProcess = new SupervisedProcess({
    name: 'store',
    speaks,
    plan,
    logFile: '/var/log/store.log',
    say: (line) => said.push(line),
    repeat: (line) => said.push(line),
    onOutput: (line) => said.push(line),
    meaning: 'nothing is accepted or recorded',
    onStart: () => pids.push(supervised.pid ?? 0),
    onReady: () => ready++,
    onEnd: (end) => ends.push(end),
    isEnding: () => ends.length > 0,
  })
  return {
    supervised,
    said,
    ends,
    pids,
    isReady: () => ready > 0 || undefined,
    state: () => supervised.health(monotonicMs()).state,
    [Symbol.asyncDispose]: async () => {
      await supervised.stop(1000)
    },
  }
}

const ready = 'process.send({kind:"ready",ports:{},trouble:null});'
const answers =
  'process.on("message", () => process.send({kind:"pong",trouble:"no Redis"}));' + ready

test('a process that answers is ready, and tells what keeps it from its work', async () => {
  await using it = supervise(answers)
  expect(it.state()).toBe('ended')
  await eventually('ready', it.isReady)
  const { supervised } = it
  supervised.beat(monotonicMs())
  const health = await eventually('an answer', () => {
    const seen = supervised.health(monotonicMs())
    return seen.trouble === null ? undefined : seen
  })
  expect(health).toEqual({ name: 'store', pid: it.pids[0], state: 'ready', trouble: 'no Redis' })
})

test.each([
  ['is stopped', `${answers} setInterval(() => {}, 1000)`, 'SIGSTOP'],
  ['loops', `${ready} setTimeout(() => { for (;;); }, 50)`, null],
] as const)('one that %s is silent, which is said once', async (_, script, signal) => {
  await using it = supervise(script)
  await eventually('ready', it.isReady)
  const pid = it.pids[0] ?? 0
  if (signal) process.kill(pid, signal)
  let now = monotonicMs()
  await eventually('its silence', () => {
    it.supervised.beat((now += 1000))
    return it.supervised.health(now).state === 'silent' || undefined
  })
  it.supervised.beat(now + 1000)
  expect(it.said).toEqual([
    `store (process ${pid}) does not answer: nothing is accepted or recorded`,
  ])
  it.supervised.kill()
})

test('one that ends again and again before it is ready ends the relay, and is not started again', async () => {
  await using it = supervise('process.exitCode = 3')
  const [end] = await eventually('the end', () => (it.ends.length > 0 ? it.ends : undefined))
  expect(end).toEqual({ kind: 'failed', reason: 'store does not start' })
  expect(it.pids).toHaveLength(5)
  expect(it.said.at(-1)).toBe(
    'store ended (status 3) and is not started again; its log: /var/log/store.log',
  )
  expect(it.pids.filter(isAlive)).toEqual([])
})

test('one that says long after its start that the relay must end is not started again', async () => {
  await using it = supervise(
    `${ready} setTimeout(() => { process.send({kind:"fatal",lines:"data_dir: broken; restore"}); process.exit(78) }, 100)`,
  )
  await eventually('the end', () => it.ends.length > 0 || undefined)
  await eventually('that it is gone', () => it.state() === 'ended' || undefined)
  expect(it.ends).toEqual([{ kind: 'refused' }])
  expect(it.said).toEqual(['data_dir: broken; restore'])
  expect(it.pids).toHaveLength(1)
})

test('Redis never ends the relay, however often it ends', async () => {
  await using it = supervise('process.exitCode = 1', false)
  await eventually('six lives', () => it.pids.length >= 6 || undefined)
  expect(it.ends).toEqual([])
})

test('its metrics are handed on; one that is stopped has none within the bound, and has them again after it', async () => {
  const metrics =
    'process.on("message", ({kind}) => process.send({kind, json: "[]", trouble: null}));'
  await using it = supervise(metrics + ready)
  expect(await it.supervised.metrics(60_000)).toBeNull()
  await eventually('ready', it.isReady)
  expect(await it.supervised.metrics(60_000)).toBe('[]')
  process.kill(it.supervised.pid ?? 0, 'SIGSTOP')
  expect(await it.supervised.metrics(100)).toBeNull()
  process.kill(it.supervised.pid ?? 0, 'SIGCONT')
  expect(await it.supervised.metrics(60_000)).toBe('[]')
  expect(it.supervised.starts).toBe(1)
})
