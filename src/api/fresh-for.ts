import { monotonicMs } from '../time/clock.ts'

/** Asks at most once in `ms`, however many want to know: one answer serves them all. A fault serves nobody else. */
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
