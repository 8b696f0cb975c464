import { monotonicMs } from './clock.ts'

/** Calls the function at most once in `ms`, and gives everybody who asks in between the same result. A failure is not kept. */
export function freshFor<Answer>(ms: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let last: { at: number; answer: Promise<Answer> } | null = null
  return () => {
    const now = monotonicMs()
    if (last && now - last.at < ms) return last.answer
    const answer = ask()
    last = { at: now, answer }
    answer.catch(() => (last = null))
    return answer
  }
}
