import { execFileSync } from 'node:child_process'

/** What Python's `email` finds in a message: a parser that shares nothing with ours. */
export interface ReadByPython {
  /** Names and values, folded as they came. */
  fields: [string, string][]
  body: Buffer
  defects: string[]
}

export function readByPython(messages: readonly Buffer[]): ReadByPython[] {
  const script = `${import.meta.dirname}/parse-mail.py`
  const input = JSON.stringify(messages.map((bytes) => bytes.toString('base64')))
  const output = execFileSync('python3', [script], { input, maxBuffer: 64 * 1024 * 1024 })
  const found = JSON.parse(output.toString()) as (Omit<ReadByPython, 'body'> & { body: string })[]
  return found.map((one) => ({ ...one, body: Buffer.from(one.body, 'base64') }))
}
