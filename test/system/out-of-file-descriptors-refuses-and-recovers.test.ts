import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import type { Conversation } from '../kit/smtp-conversation.ts'
import { has } from './needs.ts'

test.skipIf(!has('prlimit'))(
  'a receiver out of file descriptors takes no new client, lives, and takes them again',
  async () => {
    await using relay = await startRelay()
    const pid = relay.pid('smtp')
    await using old = await relay.smtp()
    const open = readdirSync(`/proc/${pid}/fd`).length
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${open + 5}`])
    const others: Conversation[] = []
    for (let i = 0; i < 20; i++) others.push(await relay.connect())
    expect(await old.submit({ to: 'old@dest.test' })).toMatch(/^[245]\d\d /)
    for (const client of others) client.destroy()
    await eventually('a new client', async () => {
      await using client = await relay.smtp()
      return (await client.submit({ to: 'new@dest.test' })).startsWith('250') || undefined
    })
    expect(relay.pid('smtp')).toBe(pid)
    const { accepted = 0 } = await relay.summary()
    await relay.until({ delivered: accepted })
    expect((await relay.summary())['delivered']).toBe(accepted)
  },
)
