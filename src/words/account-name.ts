/** Dots, `@` and the like, so that an address can be a login name; nothing that needs quoting anywhere. */
const form = /^[a-z0-9][a-z0-9._@+-]{0,63}$/

/** The one form of an account's name: lower case, as mail clients don't agree on case. null if it can be none. */
export function parseAccountName(text: string): string | null {
  const name = text.normalize('NFC').toLowerCase()
  return form.test(name) ? name : null
}

/** The account that a first start makes; it has no limit, so it may log in only where all mail is swallowed. */
export const demoAccount = 'demo'
