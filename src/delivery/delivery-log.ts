type Say = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** What delivery wants of a log; the process's logger is one. */
export interface DeliveryLog {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
}
