import { toUlid } from '../time/ulid.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { printable, printJson } from './print.ts'

export const idsUsage =
  'ID… is one or more message ids; - reads them from stdin: the first word of each line, or what mailq writes'

/** The given ids; `-` stands for those on stdin. */
export async function readIds(
  positionals: readonly string[],
  io: Io,
  usage: string,
): Promise<string[]> {
  if (positionals.length === 0) throw new Complaint(exitStatus.usage, `ID is missing\n${usage}`)
  const ids: string[] = []
  for (const positional of positionals) {
    if (positional === '-') ids.push(...idsIn(await readAll(io.in)))
    else ids.push(positional)
  }
  if (ids.length === 0) throw new Complaint(exitStatus.no, 'no ids on stdin')
  return ids.map(toUlid)
}

/** What `mailq` writes beside the messages: its heading, sums and remarks. */
const isRemark = (line: string): boolean =>
  /^(?:ID +AGE |-- |The queue is empty\.|Nothing matches\.|Sandbox: )/.test(line)

/** The first word of each line, or the id of a JSON object, as `mailq --json` writes it. */
const idsIn = (text: string): string[] =>
  text.split('\n').flatMap((raw) => {
    const line = raw.trim()
    if (line === '' || isRemark(line)) return []
    return [line.startsWith('{') ? idOfObject(line) : (line.split(/\s/)[0] ?? '')]
  })

function idOfObject(line: string): string {
  const id = parsed(line)?.id
  if (typeof id === 'string') return id
  throw new Complaint(
    exitStatus.usage,
    `no id in a line of stdin: ${line.length > 80 ? `${line.slice(0, 80)}…` : line}`,
  )
}

function parsed(line: string): { id?: unknown } | null {
  try {
    return JSON.parse(line) as { id?: unknown }
  } catch {
    return null
  }
}

async function readAll(input: Io['in']): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of input) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString()
}

/**
 * Does the work for one id after the other. An id that is not found is named on stderr, with `json` in a line of its own as well,
 * and doesn't stop the rest. Returns whether any id was not found.
 */
export async function forEachId(
  ids: readonly string[],
  { io, json = false }: { io: Io; json: boolean | undefined },
  work: (id: string, path: string) => Promise<void>,
): Promise<boolean> {
  let missed = false
  for (const id of ids) {
    try {
      await work(id, `/queue/messages/${encodeURIComponent(id)}`)
    } catch (error) {
      if (!(error instanceof Complaint) || error.status !== exitStatus.no) throw error
      if (json) printJson(io.out, { id, error: error.message })
      io.err.write(`sluice: ${printable(id)}: ${printable(error.message)}\n`)
      missed = true
    }
  }
  return missed
}
