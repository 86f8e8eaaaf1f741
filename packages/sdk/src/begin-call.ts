import { type Attribution, type Call, noText, randomHex, type TextSize } from './call'
import type { Told } from './endpoints'

/** How calls of one wrapped client are reported. */
export type Watch = {
  /** `gen_ai.provider.name`; where absent, the wrapper finds it out. */
  provider?: string
  /** At the start of a call: what it belongs to, and where its report goes, wherever it ends. */
  begin(): { attribution: Attribution; report(call: Call): void }
}

export type Outcome = Call['outcome']
/** What an answer has told so far, with the size of its text. */
export type Heard = Told & { size: TextSize }
export const nothingHeard: Heard = { size: noText }

export type Begun = Pick<Call, 'provider' | 'requestModel' | 'operation'> & {
  input: TextSize
  usage?: Call['usage']
  logicalCallId?: string
  attempt?: number
}

/** Starts the clock of one attempt. `end` reports it, the first time that it is called. */
export function beginCall(watch: Watch, begun: Begun) {
  const { attribution, report } = watch.begin()
  const startedAt = new Date()
  const started = performance.now()
  const logicalCallId = begun.logicalCallId ?? randomHex(16)
  const attempt = begun.attempt ?? 0
  let ended = false
  return {
    logicalCallId,
    attempt,
    end(heard: Heard, outcome: Outcome, error = '') {
      if (ended) return
      ended = true
      report({
        id: randomHex(8),
        logicalCallId,
        attempt,
        provider: begun.provider,
        requestModel: begun.requestModel,
        model: heard.model ?? begun.requestModel,
        operation: begun.operation,
        startedAt,
        durationMs: Math.round(performance.now() - started),
        usage: heard.usage ?? (outcome === 'ok' ? (begun.usage ?? null) : null),
        serviceTier: heard.serviceTier ?? '',
        responseId: heard.responseId ?? '',
        outcome,
        error,
        seen: { input: begun.input, output: heard.size },
        attribution,
      })
    },
    fail(error: unknown, heard: Heard = nothingHeard) {
      this.end(heard, isAbort(error) ? 'aborted' : 'error', nameOf(error))
    },
  }
}

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error')
const isAbort = (error: unknown) => /^(Abort|APIUserAbort)Error$/.test(nameOf(error))
