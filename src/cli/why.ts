import { explain } from '../operations/explain.ts'
import type { Message } from '../operations/message-resource.ts'
import { systemClock } from '../time/clock.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs } from './complaint.ts'
import { describeExplanation } from './describe-explanation.ts'
import { exitStatus } from './exit-status.ts'
import { forEachId, idsUsage, readIds } from './ids.ts'
import type { Io } from './io.ts'
import { printable, printJson } from './print.ts'

export const usage = `usage: sluice why ID… | - [options]
  ${idsUsage}
options:
${queryUsage}`
const options = { ...addressOptions, json: { type: 'boolean' } } as const

/** `sluice why`: what a message waits for and when it goes on, one sentence for all recipients of whom the same is true. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const ids = await readIds(positionals, io, usage)
  const api = new ApiClient(findApi(values))
  const missed = await forEachId(ids, { io, json: values.json }, async (id, path) => {
    const message = await api.get<Message>(path)
    for (const explanation of explain(message, systemClock.now())) {
      if (values.json) printJson(io.out, { id, ...explanation })
      else io.out.write(`${printable(`${id} to ${describeExplanation(explanation)}`)}\n`)
    }
  })
  return missed ? exitStatus.no : exitStatus.ok
})
