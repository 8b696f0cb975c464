import type { Channel } from '../../ipc/channel.ts'
import type { Answer } from '../protocol/answers.ts'
import type { Command } from '../protocol/commands.ts'

/** Which connection sends the bytes of which upload, until these are a message or dropped. */
export class UploadOwners {
  readonly #owners = new Map<number, Channel>()

  /** A command of the connection was answered. An upload belongs to who opened it. */
  track(channel: Channel, command: Command, answer: Answer): void {
    if (answer.kind === 'chunk') {
      if (!this.#owners.has(answer.upload)) this.#owners.set(answer.upload, channel)
    } else if (command.kind === 'accept' || command.kind === 'abandon') {
      if (command.upload !== null) this.#owners.delete(command.upload)
    }
  }

  /** The uploads of a connection, which nobody owns from now on. */
  takeAllOf(channel: Channel): number[] {
    const uploads = [...this.#owners].filter(([, owner]) => owner === channel)
    for (const [upload] of uploads) this.#owners.delete(upload)
    return uploads.map(([upload]) => upload)
  }
}
