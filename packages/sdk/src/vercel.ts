import { beginCall, type Heard, nameOf, type Watch } from './begin-call'
import { addSizes, noText, sizeOfText, type TextSize } from './call'

type Json = Record<string, unknown>
type Model = { provider: string; modelId: string }
type Answer = {
  usage?: unknown
  providerMetadata?: Json
  response?: { id?: string; modelId?: string }
  content?: unknown
}
type Part = Answer & { type: string; id?: string; modelId?: string; delta?: string; error?: unknown }
type Streamed = { stream: ReadableStream<Part> }

/** Middleware of the Vercel AI SDK's `wrapLanguageModel`: one call reported for each request to the model. */
export type LanguageModelMiddleware = {
  specificationVersion: 'v3'
  wrapGenerate(options: { doGenerate(): PromiseLike<unknown>; params: unknown; model: unknown }): Promise<never>
  wrapStream(options: { doStream(): PromiseLike<unknown>; params: unknown; model: unknown }): Promise<never>
}

export function watchVercel(watch: Watch): LanguageModelMiddleware {
  return {
    specificationVersion: 'v3',
    // The answers are the model's own; `never` fits the answer type of every major version.
    async wrapGenerate({ doGenerate, params, model }) {
      const call = begin(watch, model as Model, params)
      try {
        const answer = (await doGenerate()) as Answer
        call.end(heardIn(answer, sizeOfContent(answer.content)), 'ok')
        return answer as never
      } catch (error) {
        call.fail(error)
        throw error
      }
    },
    async wrapStream({ doStream, params, model }) {
      const call = begin(watch, model as Model, params)
      let streamed: Streamed
      try {
        streamed = (await doStream()) as Streamed
      } catch (error) {
        call.fail(error)
        throw error
      }
      const reader = streamed.stream.getReader()
      const answer: Answer = { response: {} }
      let size: TextSize = noText
      let failure = ''
      const stream = new ReadableStream<Part>({
        async pull(controller) {
          try {
            const { done, value } = await reader.read()
            if (done) {
              call.end(heardIn(answer, size), failure ? 'error' : 'ok', failure)
              controller.close()
              return
            }
            if (value.type === 'response-metadata') answer.response = { ...answer.response, ...idsOf(value) }
            else if (value.type === 'finish') {
              answer.usage = value.usage
              if (value.providerMetadata) answer.providerMetadata = value.providerMetadata
            } else if (value.type === 'error') failure = nameOf(value.error)
            else if (typeof value.delta === 'string') size = addSizes(size, sizeOfText(value.delta))
            controller.enqueue(value)
          } catch (error) {
            call.fail(error, heardIn(answer, size))
            controller.error(error)
          }
        },
        async cancel(reason) {
          call.end(heardIn(answer, size), 'aborted', 'AbortError')
          await reader.cancel(reason)
        },
      })
      return { ...streamed, stream } as never
    },
  }
}

const idsOf = ({ id, modelId }: Part) => ({ ...(id && { id }), ...(modelId && { modelId }) })

function begin(watch: Watch, model: Model, params: unknown) {
  return beginCall(watch, {
    provider: watch.provider ?? model.provider,
    requestModel: model.modelId,
    operation: 'chat',
    input: sizeOfContent((params as { prompt?: unknown }).prompt),
  })
}

function heardIn(answer: Answer, size: TextSize): Heard {
  return {
    size,
    usage: usageOf(answer),
    ...(answer.response?.modelId && { model: answer.response.modelId }),
    ...(answer.response?.id && { responseId: answer.response.id }),
  }
}

/**
 * The provider's own block where the SDK passes it on (always in version 6; in version 5 only for some providers), else
 * the SDK's counts in a shape whose meaning is fixed: input with its cached part, output with its reasoning.
 */
function usageOf({ usage, providerMetadata }: Answer): Json | null {
  const counts = usage as Json | undefined
  if (!counts) return null
  if (counts.raw && typeof counts.raw === 'object') return counts.raw as Json
  const own =
    (providerMetadata?.anthropic as Json | undefined)?.usage ??
    (providerMetadata?.google as Json | undefined)?.usageMetadata
  if (own && typeof own === 'object') return own as Json
  const input = counts.inputTokens as Json | number | undefined
  const output = counts.outputTokens as Json | number | undefined
  const whole = (value: Json | number | undefined) => (typeof value === 'object' ? value?.total : value)
  const cached = typeof input === 'object' ? input?.cacheRead : counts.cachedInputTokens
  const reasoning = typeof output === 'object' ? output?.reasoning : counts.reasoningTokens
  if (typeof whole(input) !== 'number' && typeof whole(output) !== 'number') return null
  return {
    prompt_tokens: whole(input) ?? 0,
    completion_tokens: whole(output) ?? 0,
    ...(typeof cached === 'number' && { prompt_tokens_details: { cached_tokens: cached } }),
    ...(typeof reasoning === 'number' && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

function sizeOfContent(value: unknown): TextSize {
  if (Array.isArray(value)) return value.reduce<TextSize>((sum, one) => addSizes(sum, sizeOfContent(one)), noText)
  if (typeof value !== 'object' || value === null) return noText
  const { text, content } = value as Json
  const own = typeof text === 'string' ? sizeOfText(text) : noText
  return addSizes(own, typeof content === 'string' ? sizeOfText(content) : sizeOfContent(content))
}
