/** The tables of docs/api.md that are made from what the code declares, each between two marks of its name. */
import { exitMeanings, exitStatus } from '../../../src/cli/exit-status.ts'
import { negativeAnswers, verbNames } from '../../../src/cli/verbs.ts'
import { eventKinds } from '../../../src/words/event.ts'
import { fieldOf, filterKeys, statusFilter } from '../../../src/words/filter.ts'
import { isOpen, statuses, statusesInUse, statusWords } from '../../../src/words/status.ts'

/** A pipe would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|')

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n')

const code = (text: string): string => `\`${text}\``

const eventTable = (): string =>
  table(
    ['event', 'for', 'means', 'data'],
    Object.entries(eventKinds)
      .filter(([, kind]) => !('comesLater' in kind))
      .map(([name, { audience, description, data }]) => [
        code(name),
        audience,
        description,
        Object.keys(data.properties).map(code).join(' '),
      ]),
  )

const filterTable = (): string =>
  table(
    ['name', 'matches'],
    [statusFilter, ...filterKeys.map(fieldOf)].map(({ name, description }) => [
      code(name),
      description,
    ]),
  )

const statusTable = (): string =>
  table(
    ['status', '', 'means', 'can be reopened'],
    statusesInUse(statuses).map((status) => {
      const { description, reopenable } = statusWords[status]
      return [
        code(status),
        isOpen(status) ? 'open' : 'settled',
        description,
        reopenable ? 'yes' : '',
      ]
    }),
  )

const exitStatusTable = (): string =>
  table(
    ['exit status', 'means'],
    Object.entries(exitStatus).map(([name, status]) => [
      String(status),
      exitMeanings[name as keyof typeof exitStatus],
    ]),
  )

const negativeAnswerTable = (): string => {
  const verbs = Map.groupBy(verbNames, (name) => negativeAnswers[name])
  return table(
    ['verb', 'ends with 1 if'],
    [...verbs].map(([when, names]) => [names.map(code).join(', '), when ?? 'never']),
  )
}

const tables: Readonly<Record<string, () => string>> = {
  statuses: statusTable,
  filters: filterTable,
  events: eventTable,
  'exit statuses': exitStatusTable,
  'exit status 1': negativeAnswerTable,
}

/** The document with each of its tables made anew. */
export function withTables(document: string): string {
  let renewed = document
  for (const [name, make] of Object.entries(tables)) {
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
    const from = renewed.indexOf(begin) + begin.length
    const to = renewed.indexOf(end)
    if (from < begin.length || to < from) throw new Error(`docs/api.md has no place for ${name}`)
    renewed = `${renewed.slice(0, from)}${make()}\n${renewed.slice(to)}`
  }
  return renewed
}
