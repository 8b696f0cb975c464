import type { Connection } from '../file/database.ts'
import { number } from '../file/read-row.ts'
import type { ClockView } from '../../time/relay-clock.ts'

export function readClock(connection: Connection): ClockView {
  const row = connection.sql('SELECT ahead, changes FROM clock').get() ?? {}
  return { aheadMs: number(row, 'ahead'), changes: number(row, 'changes') }
}
