export interface Submitter {
  kind: 'account' | 'network' | 'system'
  id: string
}

export const submitterName = (submitter: Submitter): string => `${submitter.kind}:${submitter.id}`

export function parseSubmitterName(name: string): Submitter {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon) as Submitter['kind'], id: name.slice(colon + 1) }
}
