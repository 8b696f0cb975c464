import { FreshMap } from '../../collections/fresh.ts'
import type { Channel } from '../../ipc/channel.ts'
import type { Answer } from '../protocol/answers.ts'
import type { Command } from '../protocol/commands.ts'

/** Which connection sends the bytes of which message. */
export class UploadOwners {
  readonly #owners = new FreshMap<number, Channel>()
  readonly #onAbandoned: (upload: number) => void

  /** `onAbandoned`: whoever was sending it is gone, and what came of it is nobody's. */
  constructor(onAbandoned: (upload: number) => void) {
    this.#onAbandoned = onAbandoned
  }

  /** To be told of each answer before it leaves. */
  answered(channel: Channel, command: Command, answer: Answer): void {
    if (answer.kind === 'chunk') {
      // It belongs to who opened it.
      if (!this.#owners.has(answer.upload)) this.#owners.set(answer.upload, channel)
      if (channel.closed) this.lost(channel)
    } else if (command.kind === 'accept' || command.kind === 'abandon') {
      if (command.upload !== null) this.#owners.delete(command.upload)
    }
  }

  lost(channel: Channel): void {
    for (const [upload, owner] of this.#owners) {
      if (owner !== channel) continue
      this.#owners.delete(upload)
      this.#onAbandoned(upload)
    }
  }
}
