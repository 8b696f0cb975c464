import { Socket } from 'node:net'
import { expect, it, vi } from 'vitest'
import { Channel } from '../../../../src/ipc/channel.ts'
import { encodeFrame, FrameTooLarge } from '../../../../src/ipc/frames.ts'
import type { DuePush, PushedWork } from '../../../../src/store/protocol/commands.ts'
import { Followers } from '../../../../src/store/write/followers.ts'
import { Sessions } from '../../../../src/store/write/sessions.ts'
import { follow } from '../../../kit/sessions.ts'

/** A connection that keeps what is sent over it. */
class Heard extends Channel {
  readonly heads: unknown[] = []

  override send(head: unknown): void {
    encodeFrame(head, null)
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

function followedBy() {
  const followers = new Followers(new Sessions(), () => undefined)
  const ignore = (): void => undefined
  const channel = new Heard(new Socket(), ignore, ignore)
  followers.follow(channel, 1, follow(), [], () => 0, 0)
  return { followers, channel }
}

it('a commit with more recipients than are named names the smallest messages, and says that there are others', () => {
  const { followers, channel } = followedBy()
  const bulk = Array.from({ length: 21 }, (_, n) => work(n + 1, 1000, 1))
  const single = work(99, 1, 2)
  followers.tell([...bulk, single])
  const named = [single, ...bulk.slice(0, 19)]
  expect(channel.heads).toEqual([{ push: { kind: 'due', work: named, more: true } }])
})

it('a commit whose lanes and providers have long names is told within a frame, however they are written', () => {
  const { followers, channel } = followedBy()
  const long = '\u0001'.repeat(5000)
  const many = Array.from({ length: 2000 }, (_, n) => ({ ...work(n, 1, 1), provider: long }))
  followers.tell([...many, work(9999, 1, 2)])
  expect(channel.heads).toMatchObject([{ push: { more: true } }])
  const [{ push }] = channel.heads as [{ push: DuePush }]
  expect(push.work.length).toBeGreaterThan(100)
  expect(push.work[0]).toEqual(work(9999, 1, 2))
})

it('news that can’t be sent become a wish to look, and end nothing', () => {
  const { followers, channel } = followedBy()
  vi.spyOn(channel, 'send').mockImplementationOnce(() => {
    throw new FrameTooLarge()
  })
  followers.tell([work(1, 1, 1)])
  expect(channel.heads).toEqual([{ push: { kind: 'due', work: [], more: true } }])
})
