import { EventEmitter } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LookUps } from '../../../src/destinations/look-ups.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer } from '../../kit/dns-server.ts'

/** Counts what would be left behind by each destination that waits. */
function watch() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const listens = [
    vi.spyOn(EventTarget.prototype, 'addEventListener'),
    vi.spyOn(EventEmitter.prototype, 'on'),
    vi.spyOn(EventEmitter.prototype, 'once'),
  ]
  onTestFinished(() => {
    vi.useRealTimers()
    for (const each of listens) each.mockRestore()
  })
  return {
    timers: () => vi.getTimerCount(),
    listeners: () => listens.reduce((sum, { mock }) => sum + mock.calls.length, 0),
  }
}

test('twenty thousand destinations that wait for a look-up hold no timer and no listener each', async () => {
  const names = Array.from({ length: 20_000 }, (_, n) => `d${n}.example`)
  await using dns = await startDnsServer(Object.fromEntries(names.map((name) => [name, 'drop'])))
  const watched = watch()
  const resolver = createResolver({
    resolver: dns.resolver,
    port: 25,
    ipv6: false,
    allowPrivate: false,
  })
  const all = Promise.withResolvers<undefined>()
  let answered = 0
  const lookUps = new LookUps({
    resolver,
    capacity: 2 * names.length,
    atOnce: 100,
    onAnswer: () => {
      if (++answered === names.length) all.resolve(undefined)
    },
  })
  for (const name of names) expect(lookUps.want(name, 1)).toBe(true)
  expect(lookUps.waiting).toBe(names.length)
  // Whether it is slow, here and in the turns of the resolver, and its deadline: three for each of the hundred
  expect(watched.timers()).toBeGreaterThan(0)
  expect(watched.timers()).toBeLessThanOrEqual(300)
  // Nobody answers: what is under way ends, and so does each of the others as soon as it begins
  resolver.close()
  await all.promise
  expect(watched.timers()).toBe(0)
  expect(watched.listeners()).toBeLessThanOrEqual(100)
  lookUps.close()
})
