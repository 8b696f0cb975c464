/** What is printed: a table for people, one JSON line a shape for machines. */
import { before, type SideName } from './options.ts'
import type { Round } from './round.ts'
import type { Shape } from './shapes.ts'
import { median, percentile, ratios, rounded, spread, type Spread } from './statistics.ts'
import type { SideResult } from './turns.ts'

/** The side against which ours is measured: the first of these that took part. */
const yardsticks: readonly SideName[] = [before, 'postfix-tuned']

interface SideReport {
  side: SideName
  version: string
  fsync: string
  messages_per_second: Spread | null
  recipients_per_second: Spread | null
  accepted_per_second: Spread | null
  accept_ms: { p50: number; p99: number; samples: number }
  cpu_seconds_per_1000_messages: Spread | null
  cpu_seconds: Spread | null
  pss_mb: { idle: number; peak: number }
  copies: number
  rounds: {
    messages: number
    seconds: number
    messages_per_second: number
    accept_p99_ms: number
  }[]
}

export interface ShapeReport {
  shape: string
  what: string
  at: string
  machine: Machine
  sides: SideReport[]
  /** Sluice against the yardstick of the same turn; null without both. */
  ratio: {
    to: SideName
    throughput: Spread | null
    accept_p99: Spread | null
    cpu_per_message: Spread | null
  } | null
}

export interface Machine {
  cpus: number
  cpu: string
  memory_mb: number
  kernel: string
  file_system: string
  /** Milliseconds that one write of 4 KB with fdatasync takes on an idle disk. */
  fdatasync_ms: { p50: number; p99: number }
}

const megabyte = 1024 * 1024
const over = (rounds: readonly Round[], value: (round: Round) => number): Spread | null =>
  roundedSpread(spread(rounds.map(value)))

const roundedSpread = (values: Spread | null): Spread | null =>
  values && {
    median: rounded(values.median),
    min: rounded(values.min),
    max: rounded(values.max),
  }

function sideReport({ name, version, fsync, idlePssBytes, rounds }: SideResult): SideReport {
  const acceptMs = rounds.flatMap((round) => round.acceptMs)
  return {
    side: name,
    version,
    fsync,
    messages_per_second: over(rounds, (round) => round.messagesPerSecond),
    recipients_per_second: over(rounds, (round) => round.recipientsPerSecond),
    accepted_per_second: over(rounds, (round) => round.messages / round.acceptSeconds),
    accept_ms: {
      p50: rounded(percentile(acceptMs, 50)),
      p99: rounded(percentile(acceptMs, 99)),
      samples: acceptMs.length,
    },
    cpu_seconds_per_1000_messages: over(rounds, cpuPerThousand),
    cpu_seconds: over(rounds, (round) => round.cpuSeconds),
    pss_mb: {
      idle: rounded(idlePssBytes / megabyte),
      peak: rounded(Math.max(...rounds.map((round) => round.pssBytes)) / megabyte),
    },
    copies: rounds.reduce((sum, round) => sum + round.copies, 0),
    rounds: rounds.map((round) => ({
      messages: round.messages,
      seconds: rounded(round.seconds),
      messages_per_second: rounded(round.messagesPerSecond),
      accept_p99_ms: rounded(percentile(round.acceptMs, 99)),
    })),
  }
}

const cpuPerThousand = (round: Round): number => (round.cpuSeconds * 1000) / round.messages

export function shapeReport(
  shape: Shape,
  results: readonly SideResult[],
  machine: Machine,
): ShapeReport {
  const ours = results.find(({ name }) => name === 'sluice')?.rounds
  const yardstick = yardsticks.find((side) => results.some(({ name }) => name === side))
  const theirs = results.find(({ name }) => name === yardstick)?.rounds
  const ratioOf = (value: (round: Round) => number): Spread | null =>
    roundedSpread(spread(ratios((ours ?? []).map(value), (theirs ?? []).map(value))))
  return {
    shape: shape.name,
    what: shape.what,
    at: new Date().toISOString(),
    machine,
    sides: results.map(sideReport),
    ratio:
      ours && theirs && yardstick
        ? {
            to: yardstick,
            throughput: ratioOf((round) => round.messagesPerSecond),
            accept_p99: ratioOf((round) => percentile(round.acceptMs, 99)),
            cpu_per_message: ratioOf(cpuPerThousand),
          }
        : null,
  }
}

const columns = [
  'side',
  'msg/s',
  'rcpt/s',
  'accept p50',
  'p99 ms',
  'CPU s/1000',
  'PSS MB idle',
  'peak',
]

/** The report as aligned text. */
export function describeShape(report: ShapeReport): string {
  const rows = report.sides.map((side) => [
    side.side,
    describeSpread(side.messages_per_second),
    String(side.recipients_per_second?.median ?? '-'),
    String(side.accept_ms.p50),
    String(side.accept_ms.p99),
    String(side.cpu_seconds_per_1000_messages?.median ?? '-'),
    String(side.pss_mb.idle),
    String(side.pss_mb.peak),
  ])
  const widths = columns.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    '',
    `${report.shape}: ${report.what}`,
    line(columns),
    ...rows.map(line),
    ...describeRatio(report),
    ...report.sides.map((side) => `${side.side}: ${side.version}; ${side.fsync}`),
  ].join('\n')
}

function describeRatio({ ratio }: ShapeReport): string[] {
  if (!ratio) return []
  return [
    `sluice / ${ratio.to}: throughput ${describeSpread(ratio.throughput)}, ` +
      `accept p99 ${describeSpread(ratio.accept_p99)}, CPU ${describeSpread(ratio.cpu_per_message)}`,
  ]
}

const describeSpread = (values: Spread | null): string =>
  values ? `${String(values.median)} (${String(values.min)}-${String(values.max)})` : '-'

/** The middle of what a measured list says, for the machine's own figures. */
export const summarize = (values: readonly number[]): { p50: number; p99: number } => ({
  p50: rounded(median(values)),
  p99: rounded(percentile(values, 99)),
})
