import { beginCall, type Heard, nameOf, nothingHeard, type Outcome, type Watch } from './begin-call'
import { addSizes, sizeOfText } from './call'
import { endpoints, merge, sizeOfRequest } from './endpoints'

type Json = Record<string, unknown>
type Method = (parameters: Json) => Promise<unknown>

const gemini = endpoints.find(({ operation }) => operation === 'generate_content') as (typeof endpoints)[number]

/** The client's own single requests; its public methods may make several of them (automatic function calling). */
const methods = {
  whole: ['generateContentInternal', 'generateContent'],
  streamed: ['generateContentStreamInternal', 'generateContentStream'],
  embeddings: ['embedContentInternal', 'embedContent'],
}

/** Watches an `@google/genai` client in place. Chats and agents made from it go through the same methods. */
export function watchGoogle(client: object, watch: Watch): void {
  const { models, vertexai } = client as { models: Record<string, unknown>; vertexai?: boolean }
  const provider = watch.provider ?? (vertexai ? 'gcp.vertex_ai' : 'gcp.gemini')
  const begin = (parameters: Json, operation: string) =>
    beginCall(watch, {
      provider,
      operation,
      requestModel: String(parameters.model ?? '').replace(/^(?:models|publishers\/google\/models)\//, ''),
      input: addSizes(
        sizeOfRequest(parameters),
        sizeOfText(String((parameters.config as Json | undefined)?.systemInstruction ?? '')),
      ),
    })
  const whole =
    (operation: string, heardIn: (answer: Json) => Heard) => (original: Method) => async (parameters: Json) => {
      const call = begin(parameters, operation)
      try {
        const answer = (await original(parameters)) as Json
        call.end(heardIn(answer), 'ok')
        return answer
      } catch (error) {
        call.fail(error)
        throw error
      }
    }
  const replace = (names: string[], around: (original: Method) => Method) => {
    const name = names.find((one) => typeof models[one] === 'function')
    if (name !== undefined) models[name] = around((models[name] as Method).bind(models))
  }
  replace(
    methods.whole,
    whole('generate_content', (answer) => merge(nothingHeard, gemini.answer(answer))),
  )
  replace(methods.embeddings, whole('embeddings', embedded))
  replace(methods.streamed, (original) => async (parameters) => {
    const call = begin(parameters, 'generate_content')
    let stream: AsyncIterable<Json>
    try {
      stream = (await original(parameters)) as AsyncIterable<Json>
    } catch (error) {
      call.fail(error)
      throw error
    }
    return (async function* () {
      let heard: Heard = nothingHeard
      let outcome: Outcome = 'aborted'
      let failure = 'AbortError'
      try {
        for await (const chunk of stream) {
          heard = merge(heard, gemini.answer(chunk))
          yield chunk
        }
        outcome = 'ok'
        failure = ''
      } catch (error) {
        failure = nameOf(error)
        outcome = failure === 'AbortError' ? 'aborted' : 'error'
        throw error
      } finally {
        call.end(heard, outcome, failure)
      }
    })()
  })
}

/** Vertex AI counts tokens an embedding; the Gemini API does not say. */
function embedded(answer: Json): Heard {
  const embeddings = (answer.embeddings as { statistics?: { tokenCount?: number } }[] | undefined) ?? []
  const counts = embeddings.map(({ statistics }) => statistics?.tokenCount)
  if (counts.length === 0 || counts.some((count) => count === undefined)) return nothingHeard
  return { ...nothingHeard, usage: { promptTokenCount: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) } }
}
