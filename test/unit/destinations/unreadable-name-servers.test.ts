import { chmodSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SystemNameServers } from '../../../src/destinations/name-servers.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { second } from '../../../src/time/clock.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** The file of the system, of which each reading says another server; and what was logged. */
function systemFile(read?: () => readonly string[]) {
  const folder = tempFolder()
  onTestFinished(() => folder[Symbol.dispose]())
  const path = join(folder.path, 'resolv.conf')
  const logged: { trouble?: unknown; servers?: unknown }[] = []
  const log = {
    warn: (fields: object) => logged.push(fields),
    info: (fields: object) => logged.push(fields),
  }
  let reads = 0
  const system = new SystemNameServers({ path, log, read: read ?? (() => [`server ${++reads}`]) })
  let now = 0
  return { path, logged, later: () => system.current((now += 2 * second)) }
}

test('servers are read again when who may read their file has changed', () => {
  const { path, later } = systemFile()
  writeFileSync(path, 'nameserver 192.0.2.1\n', { mode: 0o600 })
  expect(later()).toEqual(['server 1'])
  chmodSync(path, 0o644)
  expect(later()).toEqual(['server 2'])
  expect(later()).toEqual(['server 2'])
})

const troubles: [string, string, (path: string) => void, (path: string) => void][] = [
  ['a link to itself', 'ELOOP', (path) => symlinkSync(path, path), rmSync],
  ['not a file', 'EISDIR', (path) => mkdirSync(path), rmdirSync],
]

test.each(troubles)(
  'a file that can’t be read (%s) leaves the servers as they were, is told once, and is looked at until it can',
  (_, code, spoil, mend) => {
    const { path, later, logged } = systemFile()
    writeFileSync(path, 'nameserver 192.0.2.1\n')
    expect(later()).toEqual(['server 1'])
    rmSync(path)
    spoil(path)
    expect([later(), later(), later()].flat()).toEqual(['server 1', 'server 1', 'server 1'])
    expect(logged).toEqual([{ path, trouble: code, servers: ['server 1'] }])
    mend(path)
    writeFileSync(path, 'nameserver 192.0.2.1\n')
    expect(later()).toEqual(['server 2'])
    expect(logged).toHaveLength(2)
  },
)

test.each(troubles)(
  'a file that can’t be read from the first (%s) leaves what the system falls back to',
  (_, code, spoil, mend) => {
    const { path, later, logged } = systemFile()
    spoil(path)
    expect(later()).toEqual(['server 1'])
    expect(logged).toEqual([{ path, trouble: code, servers: ['server 1'] }])
    mend(path)
    writeFileSync(path, 'nameserver 192.0.2.1\n')
    expect(later()).toEqual(['server 2'])
  },
)

test('a reading that fails is done again, though the file is the same', () => {
  // Twice each time, as long as no server is known
  const readings = ['fails', 'fails', 'fails', 'fails', 'server 1']
  const { path, later, logged } = systemFile(() => {
    const reading = readings.shift() ?? 'too many'
    if (reading === 'fails') throw Object.assign(new Error('no'), { code: 'ENOMEM' })
    return [reading]
  })
  writeFileSync(path, 'nameserver 192.0.2.1\n')
  expect([later(), later(), later(), later()]).toEqual([[], [], ['server 1'], ['server 1']])
  expect(logged.map(({ trouble }) => trouble)).toEqual(['ENOMEM', undefined])
})

test('of a file with more servers than three, those count that count for every other program', () => {
  const { path, later } = systemFile(() => ['a', 'b', 'c', 'd'])
  writeFileSync(path, 'nameserver 192.0.2.1\n')
  expect(later()).toEqual(['a', 'b', 'c'])
})

test('a fault before the first question defers, once, and the next look-up begins anew', async () => {
  let asked = 0
  const servers = () => {
    asked++
    throw new Error('a bug')
  }
  const options = { resolver: null, port: 25, ipv6: false, allowPrivate: false }
  const resolver = createResolver({ ...options, servers })
  const text = 'DNS look-up for a.example failed: unexpected fault'
  const reply = { code: 451, enhanced: '4.4.3', text }
  expect(await resolver.lookUp('a.example')).toEqual({ kind: 'temporary', reply })
  expect(await resolver.lookUp('a.example')).toEqual({ kind: 'temporary', reply })
  expect(asked).toBe(2)
  resolver.close()
})
