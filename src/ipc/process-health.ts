import type { Server } from 'node:net'
import { askForJson, serveAnswer } from './one-answer.ts'

/** What the supervisor knows of one process. */
export interface ProcessHealth {
  name: string
  /** null: it does not run. */
  pid: number | null
  /** `silent`: it runs and does not answer the supervisor. */
  state: 'ready' | 'starting' | 'silent' | 'ended'
  /** What keeps a process that answers from its work, in words; null: nothing. */
  trouble: string | null
}

/**
 * Serves what the supervisor knows on a unix socket, as JSON. A supervisor that is dead or stopped is told by its silence
 * there.
 */
export const serveHealth = (
  socketPath: string,
  look: () => readonly ProcessHealth[],
): Promise<Server> => serveAnswer(socketPath, () => JSON.stringify(look()))

/** Asks the supervisor; null when it does not answer in time. */
export const askHealth = (socketPath: string, timeoutMs: number): Promise<ProcessHealth[] | null> =>
  askForJson(socketPath, timeoutMs)
