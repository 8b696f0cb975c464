import { afterEach, describe, expect, test, vi } from 'vitest'
import { writeFileSync } from 'node:fs'
import { listenHttp } from '../../../src/http/listen-http.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { testCertificate } from '../../kit/certificate.ts'
import { apiOnStore } from '../api/api-on-store.ts'
import { run as key } from '../../../src/cli/key.ts'
import { run as ledger } from '../../../src/cli/ledger.ts'
import { run as mailq } from '../../../src/cli/mailq.ts'
import { relayOnStore } from './relay-on-store.ts'
import { say } from './terminal.ts'
import { readEvents } from '../../kit/read-events.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the key', () => {
  test('that is wrong, or lacks the scope, is status 77', async () => {
    await using t = await relayOnStore()
    expect((await t.run(mailq, ['--key', 'sk_wrong'])).status).toBe(77)
    const weak = await t.newKey('ledger:read')
    const { status, err } = await t.run(mailq, ['--key', weak])
    expect([status, err]).toEqual([
      77,
      'sluice: This request needs a key with the scope queue:read.\n',
    ])
  })

  test('that is missing for an address somebody named is status 77: the own one is not sent there', async () => {
    await using t = await relayOnStore()
    vi.stubEnv('SLUICE_API_KEY', '')
    const { status, err } = await t.run(mailq, [])
    expect(status).toBe(77)
    expect(err).toMatch(/an API key is needed/)
  })

  test('can be made with some scopes, works at once, and opens nothing when revoked', async () => {
    await using t = await relayOnStore()
    const made = await t.run(key, ['add', 'reader', '--scope', 'queue:read', '--json'])
    const { id, key: secret } = JSON.parse(made.out) as { id: string; key: string }
    expect((await t.run(mailq, ['--key', secret])).status).toBe(0)
    expect((await t.run(ledger, ['--key', secret])).status).toBe(77)
    expect((await t.run(key, ['revoke', id])).status).toBe(0)
    expect((await t.run(mailq, ['--key', secret])).status).toBe(77)
  })

  test('is listed with what it may do, never with what opens', async () => {
    await using t = await relayOnStore()
    const made = await t.run(key, ['add', 'reader\u001b[2J', '--scope', 'queue:read', '--json'])
    const { id, key: secret } = JSON.parse(made.out) as { id: string; key: string }
    const { status, out } = await t.run(key, ['list', '--json'])
    const rows = out
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as { id: string })
    expect(status).toBe(0)
    expect(rows).toHaveLength(2)
    expect(rows.find((row) => row.id === id)).toEqual({
      id,
      name: 'reader\u001b[2J',
      role: 'customer',
      scopes: ['queue:read'],
      ...{ accounts: null, networks: null, expires_at: null, last_used_at: null },
      ...{ made_by: 'party:operator', revoked: false },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    })
    const table = (await t.run(key, ['list'])).out
    expect(table).toMatch(/^ID +NAME +ROLE +CREATED +LAST USED +OPENS\n/)
    expect(table).toMatch(new RegExp(`^${id} {2}reader\\\\u001b\\[2J .* never +queue:read$`, 'm'))
    for (const hidden of [secret.slice(`sk_${id}_`.length), '$', 'hash']) {
      expect(out + table).not.toContain(hidden)
    }
    await t.run(key, ['revoke', id])
    expect((await t.run(key, ['list'])).out).toMatch(
      new RegExp(`^${id} {2}reader\\\\u001b\\[2J .* never +revoked$`, 'm'),
    )
    expect((await t.run(key, ['list', '--json'])).out).toContain('"revoked":true')
  })

  test('is revoked by its id or its name, and the event keeps the name', async () => {
    await using t = await relayOnStore()
    const add = async (name: string) => {
      const { out } = await t.run(key, ['add', name, '--scope', 'queue:read', '--json'])
      return JSON.parse(out) as { id: string; key: string }
    }
    const [page, shop] = [await add('page'), await add('shop')]
    expect((await t.run(key, ['revoke', 'page'])).out).toBe(
      `API key ${page.id} (page) is revoked.\n`,
    )
    expect((await t.run(key, ['revoke', shop.id])).out).toBe(
      `API key ${shop.id} (shop) is revoked.\n`,
    )
    for (const { key: secret } of [page, shop]) {
      expect((await t.run(mailq, ['--key', secret])).status).toBe(77)
    }
    const events = await readEvents(t.access.reader, 0, 100)
    expect(events.filter(({ event }) => event === 'api_key_revoked')).toMatchObject([
      { data: { key: page.id, name: 'page', actor: 'party:operator' } },
      { data: { key: shop.id, name: 'shop', actor: 'party:operator' } },
    ])
  })

  test('that nobody has is not revoked: status 1, and nothing is made of it', async () => {
    await using t = await relayOnStore()
    const before = await t.access.reader.apiKeys()
    for (const unknown of ['abc', '0123456789ab']) {
      const { status, out, err } = await t.run(key, ['revoke', unknown])
      expect([status, out]).toEqual([1, ''])
      expect(err).toContain(`"${unknown}" is neither the id nor the name of a key`)
    }
    expect(await t.access.reader.apiKeys()).toEqual(before)
  })

  test('whose name several have, or that was revoked before, is left as it is: status 1', async () => {
    await using t = await relayOnStore()
    const add = async () =>
      JSON.parse((await t.run(key, ['add', 'twin', '--json'])).out) as { id: string }
    const [one, other] = [await add(), await add()]
    expect(await t.run(key, ['revoke', 'twin'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('several keys') as string,
    })
    expect((await t.run(key, ['revoke', one.id])).status).toBe(0)
    expect(await t.run(key, ['revoke', one.id])).toMatchObject({
      status: 1,
      err: expect.stringContaining('was revoked before') as string,
    })
    expect((await t.run(key, ['revoke', 'twin'])).out).toContain(other.id)
  })
})

describe('the address', () => {
  test('where nobody answers is status 69', async () => {
    await using t = await relayOnStore()
    const { status, err } = await t.run(mailq, ['--url', 'http://127.0.0.1:1'])
    expect(status).toBe(69)
    expect(err).toMatch(/^sluice: no answer from http:\/\/127\.0\.0\.1:1/)
  })

  test('that is none is status 64', async () => {
    await using t = await relayOnStore()
    expect((await t.run(mailq, ['--url', 'ftp://example.org'])).status).toBe(64)
  })

  test('is unknown where no relay runs: status 69, and how to start it', async () => {
    await using t = await relayOnStore()
    vi.stubEnv('SLUICE_API_URL', '')
    const { status, err } = await t.run(mailq, [])
    expect(status).toBe(69)
    expect(err).toContain('npm start')
  })
})

describe('the relay of this machine', () => {
  test.each([null, testCertificate])('is found by its own files, TLS or not: %#', async (tls) => {
    await using t = await apiOnStore()
    const listening = await listenHttp(t.app, [{ address: '127.0.0.1', port: 0 }], tls)
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${listening.addresses[0]?.port ?? 0}`
    const { runFile, firstRunFile } = dataPaths(t.dataDir)
    writeFileSync(runFile, JSON.stringify({ api: [{ url }] }))
    writeFileSync(firstRunFile, JSON.stringify({ api: { url, key: t.key } }))
    vi.stubEnv('SLUICE_DATA_DIR', t.dataDir)
    if (tls) {
      vi.stubEnv('SLUICE_API_TLS', 'true')
      vi.stubEnv('SLUICE_TLS_CERT', tls.certPath)
      vi.stubEnv('SLUICE_TLS_KEY', tls.keyPath)
    }
    const { status, err } = await say(mailq, [])
    expect([status, err]).toEqual([0, ''])
    await listening.close()
  })

  test('is trusted by its certificate alone: another one at its address gets no key', async () => {
    await using t = await apiOnStore()
    const listening = await listenHttp(t.app, [{ address: '127.0.0.1', port: 0 }], testCertificate)
    const url = `https://127.0.0.1:${listening.addresses[0]?.port ?? 0}`
    const { status, err } = await say(mailq, ['--url', url, '--key', t.key])
    expect(status).toBe(69)
    expect(err).toMatch(/self-signed certificate/)
    expect(t.logged).toEqual([])
    await listening.close()
  })
})
