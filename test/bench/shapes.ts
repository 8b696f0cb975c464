/** The kinds of work that all sides are put through. */
export interface Shape {
  readonly name: ShapeName
  readonly what: string
  /** Payload of a message without its header, as `smtp-source -l` counts it. */
  readonly bytes: number
  readonly sessions: number
  /** false: a new connection for every message. */
  readonly keepOpen: boolean
  /** Recipients of each message; more than one: each in a destination of its own. */
  readonly recipients: number
}

export const shapeNames = ['small', 'serial', 'reconnect', 'large', 'fanout'] as const
export type ShapeName = (typeof shapeNames)[number]

export const shapes: Readonly<Record<ShapeName, Shape>> = {
  small: {
    name: 'small',
    what: '4 KB messages, 50 sessions kept open',
    bytes: 4096,
    sessions: 50,
    keepOpen: true,
    recipients: 1,
  },
  serial: {
    name: 'serial',
    what: '4 KB messages, one session kept open',
    bytes: 4096,
    sessions: 1,
    keepOpen: true,
    recipients: 1,
  },
  reconnect: {
    name: 'reconnect',
    what: '4 KB messages, 50 sessions, a new connection for each message',
    bytes: 4096,
    sessions: 50,
    keepOpen: false,
    recipients: 1,
  },
  large: {
    name: 'large',
    what: '100 KB messages, 50 sessions kept open',
    bytes: 102_400,
    sessions: 50,
    keepOpen: true,
    recipients: 1,
  },
  fanout: {
    name: 'fanout',
    what: '4 KB messages to 10 recipients in 10 destinations on 10 addresses, 20 sessions kept open',
    bytes: 4096,
    sessions: 20,
    keepOpen: true,
    recipients: 10,
  },
}

/** Where the mail of `fanout` goes: a domain for each loopback address, 127.0.1.1 to 127.0.1.10. */
export const fanoutDestinations: readonly { domain: string; address: string }[] = Array.from(
  { length: shapes.fanout.recipients },
  (_, index) => ({
    domain: `d${String(index + 1)}.bench.example`,
    address: `127.0.1.${String(index + 1)}`,
  }),
)
