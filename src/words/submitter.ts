export interface Submitter {
  kind: 'account' | 'network' | 'system'
  id: string
}

/** What Sluice submits itself: its bounce messages, those about a delay alone apart. Counted apart from the mail of customers. */
export const ownSubmitters: readonly Submitter[] = [
  { kind: 'system', id: 'dsn' },
  { kind: 'system', id: 'delay' },
]

export const submitterName = (submitter: Submitter): string => `${submitter.kind}:${submitter.id}`

export function parseSubmitterName(name: string): Submitter {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon) as Submitter['kind'], id: name.slice(colon + 1) }
}
