import { explain, type Explanation } from '../operations/explain.ts'
import type { Message } from '../operations/message-resource.ts'
import { systemClock } from '../time/clock.ts'
import { addressOptions, findApi } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { forEachId, readIds } from './ids.ts'
import type { Io } from './io.ts'
import { printable, printJson } from './print.ts'

const usage = 'usage: sluice why ID… | - [--json] [--url URL] [--key KEY]'
const options = { ...addressOptions, json: { type: 'boolean' } } as const

/** `sluice why`: what a message waits for and when it goes on, in one sentence for those recipients who share it. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const ids = await readIds(positionals, io, usage)
  const api = new ApiClient(findApi(values))
  const missed = await forEachId(ids, io, async (_id, path) => {
    const message = await api.get<Message>(path)
    for (const explanation of explain(message, systemClock.now())) {
      if (values.json) printJson(io.out, { id: message.id, ...explanation })
      else io.out.write(`${printable(say(message, explanation))}\n`)
    }
  })
  return missed ? exitStatus.no : exitStatus.ok
})

const namesShown = 3

function say({ id }: Message, { addresses, sentence }: Explanation): string {
  const named = addresses.slice(0, namesShown).join(', ')
  const more = addresses.length - namesShown
  return `${id} to ${named}${more > 0 ? ` and ${more} more` : ''}: ${sentence}`
}
