import { demoAccount } from '../words/account-name.ts'
import type { PasswordBackend } from '../accounts/password-backend.ts'
import { isPractice } from '../config/is-practice.ts'
import type { Settings } from '../config/settings.ts'
import type { AccountView } from '../store/protocol/access-views.ts'

/** `gone`: removed from the store. `demo`: the account of a first start, where mail could leave this machine. */
export type WhyNotSend = 'gone' | 'demo'

/** What decides beside the account itself. */
export interface SendingRules {
  demoMaySend: boolean
  mustBeStored: boolean
}

export const sendingRules = (
  settings: Settings,
  { hasStoredAccounts }: Pick<PasswordBackend, 'hasStoredAccounts'>,
): SendingRules => ({
  demoMaySend: isPractice(settings),
  mustBeStored: hasStoredAccounts,
})

/**
 * Why an account may not send, whichever backend checked its password; null: it may. Checked after each login and at each
 * MAIL, so that a change counts at once. Another reason, such as an account that is suspended, comes here.
 */
export function whyNotSend(
  name: string,
  account: AccountView | null,
  rules: SendingRules,
): WhyNotSend | null {
  if (name === demoAccount && !rules.demoMaySend) return 'demo'
  return account === null && rules.mustBeStored ? 'gone' : null
}
