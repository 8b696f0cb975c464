import { parseArgs } from 'node:util'
import { UsageError } from '../options.ts'
import { scenarioNames, type ScenarioName } from './scenario.ts'

export interface WorldOptions {
  only: ScenarioName[]
  json: boolean
  /** Folder on a disk; each scenario has one of its own in it. */
  folder: string
  /** Leave those folders, and the filled store of `million` for the next time. */
  keep: boolean
  /** Sizes are multiplied by this. */
  share: number
}

export function parseWorldOptions(args: string[]): WorldOptions {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        only: { type: 'string', default: scenarioNames.join(',') },
        json: { type: 'boolean', default: false },
        folder: { type: 'string', default: '/var/tmp' },
        keep: { type: 'boolean', default: false },
        share: { type: 'string', default: '1' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const only = values.only.split(',').map((text) => {
    const name = scenarioNames.find((each) => each === text.trim())
    if (!name) {
      throw new UsageError(`--only: unknown scenario "${text}"; use ${scenarioNames.join(', ')}`)
    }
    return name
  })
  const share = Number(values.share)
  if (!(share > 0 && share <= 1)) {
    throw new UsageError(`--share: invalid share "${values.share}"; use a number up to 1`)
  }
  return { only, json: values.json, folder: values.folder, keep: values.keep, share }
}
