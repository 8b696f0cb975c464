import { remember } from '../file/remembered.ts'
import type { Carriers } from './asked.ts'

export const rememberCommands = {
  remember: ({ connection }, { name, value, whose }) => {
    remember(connection, name, value, whose)
    return { kind: 'ok' }
  },
} satisfies Carriers<'remember'>
