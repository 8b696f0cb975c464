import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

/** Reads a password: at a terminal after a prompt and without echo; else the first line of stdin. */
export function readPassword(io: Io, prompt: string): Promise<string> {
  return io.in.isTTY === true ? askUnseen(io, prompt) : readFirstLine(io)
}

async function readFirstLine(io: Io): Promise<string> {
  let text = ''
  for await (const piece of io.in) {
    text += piece.toString()
    if (text.includes('\n')) break
  }
  return text.split(/\r?\n/, 1)[0] ?? ''
}

async function askUnseen(io: Io, prompt: string): Promise<string> {
  io.err.write(prompt)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const input = io.in as AsyncIterable<Buffer> & NodeJS.ReadableStream
  const lines = createInterface({ input, output: nowhere, terminal: true })
  const stopped = new AbortController()
  lines.on('SIGINT', () => stopped.abort()).on('close', () => stopped.abort())
  try {
    return await lines.question('', { signal: stopped.signal })
  } catch {
    throw new Complaint(exitStatus.no, 'no password was given.')
  } finally {
    lines.close()
    io.err.write('\n')
  }
}
