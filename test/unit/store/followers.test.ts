import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Channel } from '../../../src/ipc/channel.ts'
import type { PushedWork } from '../../../src/store/protocol/commands.ts'
import { Followers } from '../../../src/store/write/followers.ts'
import { Sessions } from '../../../src/store/write/sessions.ts'
import { follow } from '../../kit/sessions.ts'

/** A connection that keeps what is sent over it. */
class Heard extends Channel {
  readonly heads: unknown[] = []

  override send(head: unknown): void {
    this.heads.push(head)
  }
}

const work = (message: number, recipients: number, submitter: number): PushedWork => ({
  why: 'accepted',
  message,
  lane: 'hosts:a',
  provider: 'p',
  destination: 'a.example',
  submitter,
  class: 1,
  recipients: Array.from({ length: recipients }, (_, n) => message * 65536 + n),
})

it('a commit with more recipients than are named names the smallest messages, and says that there are others', () => {
  const followers = new Followers(new Sessions(), () => undefined)
  const ignore = (): void => undefined
  const channel = new Heard(new Socket(), ignore, ignore)
  followers.follow(channel, 1, follow(), [], () => 0, 0)
  const bulk = Array.from({ length: 21 }, (_, n) => work(n + 1, 1000, 1))
  const single = work(99, 1, 2)
  followers.tell([...bulk, single])
  const named = [single, ...bulk.slice(0, 19)]
  expect(channel.heads).toEqual([{ push: { kind: 'due', work: named, more: true } }])
})
