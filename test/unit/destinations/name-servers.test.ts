import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DnsQuestions } from '../../../src/destinations/dns-lookup.ts'
import { SystemNameServers } from '../../../src/destinations/name-servers.ts'
import { second } from '../../../src/time/clock.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const zone: DnsZone = { 'good.example': { MX: [[10, 'mx.good.example']] } }
const found = { kind: 'found', records: [{ preference: 10, exchange: 'mx.good.example' }] }

async function mxOf(questions: DnsQuestions, name = 'good.example') {
  const asked = questions.within(10 * second)
  try {
    return await asked.mx(name)
  } finally {
    asked.end()
  }
}

test.each(['servfail', 'refused'] as const)(
  'where a DNS server says %s, the next one is asked, as for every other program',
  async (fault) => {
    await using sick = await startDnsServer({ 'good.example': fault, 'bad.example': fault })
    await using sound = await startDnsServer({ ...zone, 'bad.example': 'servfail' })
    const servers = [sick.resolver, sound.resolver]
    const questions = new DnsQuestions({ resolver: null, servers: () => servers })
    expect(await mxOf(questions)).toEqual(found)
    expect(await mxOf(questions, 'nowhere.example')).toEqual({ kind: 'no-such-domain' })
    const why = `MX ${fault.toUpperCase()}`
    expect(await mxOf(questions, 'bad.example')).toMatchObject({ kind: 'failed', why })
    questions.cancel()
  },
)

test('servers that have changed are asked from the next look-up on', async () => {
  await using before = await startDnsServer({})
  await using after = await startDnsServer(zone)
  let servers = [before.resolver]
  const questions = new DnsQuestions({ resolver: null, servers: () => servers })
  expect(await mxOf(questions)).toEqual({ kind: 'no-such-domain' })
  servers = [after.resolver]
  expect(await mxOf(questions)).toEqual(found)
  expect(before.questions).toHaveLength(1)
  questions.cancel()
})

test('the servers of the system are read again when their file was written or another has taken its name', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'resolv.conf')
  let reads = 0
  const system = new SystemNameServers({ path, read: () => [`server ${++reads}`] })
  let now = 0
  const later = (): readonly string[] => system.current((now += 2 * second))
  expect(later()).toEqual(['server 1'])
  writeFileSync(path, 'nameserver 192.0.2.1\n')
  expect(later()).toEqual(['server 2'])
  expect(later()).toBe(later())
  writeFileSync(`${path}.new`, 'nameserver 192.0.2.2\n')
  renameSync(`${path}.new`, path)
  // Not at each of a thousand look-ups
  expect(system.current(now + 1)).toEqual(['server 2'])
  expect(later()).toEqual(['server 3'])
})
