import type { RecipientKey } from '../words/keys.ts'
import type { AnswerTo } from '../store/protocol/answers.ts'
import type { StartCommand } from '../store/protocol/commands.ts'

interface Asked {
  recipients: readonly RecipientKey[]
  resolve: (started: RecipientKey[]) => void
  reject: (error: unknown) => void
}

/** Starts recipients in the store; what is asked within one turn of the event loop goes as one command. */
export class StartBatch {
  readonly #send: (command: StartCommand) => Promise<AnswerTo<StartCommand>>
  #asked: Asked[] = []

  constructor(send: (command: StartCommand) => Promise<AnswerTo<StartCommand>>) {
    this.#send = send
  }

  /** Those of the recipients that may be tried now. */
  start(recipients: readonly RecipientKey[]): Promise<RecipientKey[]> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => this.#flush())
      this.#asked.push({ recipients, resolve, reject })
    })
  }

  #flush(): void {
    const asked = this.#asked
    this.#asked = []
    const recipients = asked.flatMap((one) => one.recipients)
    this.#send({ kind: 'start', recipients }).then(
      (answer) => {
        if (answer.kind !== 'started') {
          for (const one of asked) one.reject(new Error(`not started: ${answer.kind}`))
          return
        }
        const started = new Set(answer.recipients)
        for (const one of asked) one.resolve(one.recipients.filter((key) => started.has(key)))
      },
      (error: unknown) => {
        for (const one of asked) one.reject(error)
      },
    )
  }
}
