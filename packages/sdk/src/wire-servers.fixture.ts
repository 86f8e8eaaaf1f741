import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Record<string, unknown>
export type Seen = { path: string; headers: IncomingMessage['headers']; body: Json }

/** An HTTP server on this machine that hands every request, its JSON read, to `answer`. */
export async function serve(answer: (request: Seen, response: ServerResponse) => unknown) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const one = {
        path: request.url ?? '',
        headers: request.headers,
        body: text.startsWith('{') ? (JSON.parse(text) as Json) : {},
      }
      seen.push(one)
      void answer(one, response)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise<void>((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

export const json = (response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Server-sent events as the providers write them: OpenAI without event names and with a last `[DONE]`, Anthropic with names. */
export async function events(
  response: ServerResponse,
  list: readonly Json[],
  style: 'openai' | 'named' | 'plain',
  pauseMs = 1,
) {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const one of list) {
    if (response.destroyed) return
    const name = style === 'named' ? `event: ${one.type}\n` : ''
    const text = `${name}data: ${JSON.stringify(one)}\n\n`
    // Cut in the middle of a character's bytes or of an event: readers must not depend on chunks.
    const bytes = Buffer.from(text)
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
    await new Promise((go) => setTimeout(go, pauseMs))
    response.write(bytes.subarray(Math.floor(bytes.length / 2)))
  }
  if (style === 'openai') response.write('data: [DONE]\n\n')
  response.end()
}

/** A stand-in of the provider's own API: the wire format of OpenAI, Anthropic and Gemini, as their references describe it. */
export function provider() {
  let rateLimited = 0
  let answers = 0
  return serve(({ path, body }, response) => {
    const model = String(body.model)
    if (path.endsWith('/chat/completions')) {
      if (model === 'gpt-4o-limited' && rateLimited++ < 2)
        return json(response, { error: { message: 'slow down', type: 'rate_limit_exceeded' } }, 429, {
          'retry-after-ms': '5',
        })
      const usage = {
        prompt_tokens: 2006,
        completion_tokens: 300,
        total_tokens: 2306,
        prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 100, audio_tokens: 0 },
      }
      const head = {
        id: `chatcmpl-${++answers}`,
        created: 1_760_000_000,
        model: 'gpt-4o-2024-08-06',
        service_tier: 'default',
      }
      if (body.stream !== true) {
        return json(response, {
          ...head,
          object: 'chat.completion',
          choices: [{ index: 0, message: { role: 'assistant', content: '안녕하세요' }, finish_reason: 'stop' }],
          usage,
        })
      }
      const asked = (body.stream_options as Json | undefined)?.include_usage === true
      const chunk = (delta: Json, finish: string | null) => ({
        ...head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason: finish }],
        ...(asked && { usage: null }),
      })
      const long = model === 'gpt-4o-endless' ? 500 : 3
      return events(
        response,
        [
          ...Array.from({ length: long }, () => chunk({ content: '안녕하세요 ' }, null)),
          chunk({}, 'stop'),
          ...(asked ? [{ ...head, object: 'chat.completion.chunk', choices: [], usage }] : []),
        ],
        'openai',
      )
    }
    if (path.endsWith('/responses')) {
      const done = {
        id: `resp_${++answers}`,
        object: 'response',
        model: 'gpt-4o-2024-08-06',
        service_tier: 'default',
        status: 'completed',
        output: [],
        usage: {
          input_tokens: 328,
          input_tokens_details: { cached_tokens: 128 },
          output_tokens: 52,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 380,
        },
      }
      if (body.stream !== true) return json(response, done)
      return events(
        response,
        [
          { type: 'response.created', sequence_number: 0, response: { ...done, status: 'in_progress', usage: null } },
          {
            type: 'response.output_text.delta',
            sequence_number: 1,
            item_id: 'm',
            output_index: 0,
            content_index: 0,
            delta: 'Hi',
            logprobs: [],
          },
          { type: 'response.completed', sequence_number: 2, response: done },
        ],
        'named',
      )
    }
    if (path.endsWith('/embeddings')) {
      return json(response, {
        object: 'list',
        model: 'text-embedding-3-small',
        data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
        usage: { prompt_tokens: 1000, total_tokens: 1000 },
      })
    }
    if (path.includes('/v1/messages')) {
      const usage = {
        input_tokens: 50,
        cache_creation_input_tokens: 248,
        cache_read_input_tokens: 1800,
        cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
        output_tokens: 503,
        service_tier: 'standard',
      }
      const message = {
        id: `msg_${++answers}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5-20250929',
        stop_sequence: null,
      }
      if (body.stream !== true)
        return json(response, {
          ...message,
          content: [{ type: 'text', text: 'Hello' }],
          stop_reason: 'end_turn',
          usage,
        })
      const pieces = body.max_tokens === 9999 ? 500 : 3
      return events(
        response,
        [
          {
            type: 'message_start',
            message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
          },
          { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
          ...Array.from({ length: pieces }, () => ({
            type: 'content_block_delta',
            index: 0,
            delta: { type: 'text_delta', text: 'Привет, мир. ' },
          })),
          { type: 'content_block_stop', index: 0 },
          {
            type: 'message_delta',
            delta: { stop_reason: 'end_turn', stop_sequence: null },
            usage: { output_tokens: 503 },
          },
          { type: 'message_stop' },
        ],
        'named',
      )
    }
    if (path.includes(':generateContent') || path.includes(':streamGenerateContent')) {
      const answer = {
        candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: {
          promptTokenCount: 120,
          candidatesTokenCount: 30,
          thoughtsTokenCount: 50,
          cachedContentTokenCount: 20,
          totalTokenCount: 200,
        },
        modelVersion: 'gemini-2.5-flash',
        responseId: 'g-1',
      }
      if (path.includes(':generateContent')) return json(response, answer)
      return events(response, [{ ...answer, usageMetadata: undefined }, answer], 'plain')
    }
    return json(response, { error: { message: `no such route: ${path}` } }, 404)
  })
}

/** A stand-in of InfraZen: takes calls and runs, or is away while `away` says so. */
export async function collector() {
  const calls: Json[] = []
  const runs: { path: string; body: Json }[] = []
  const state = { away: false, requests: 0 }
  const server = await serve(({ path, body }, response) => {
    state.requests++
    if (state.away) return json(response, { title: 'away' }, 503)
    if (path === '/api/v1/usage') {
      calls.push(...(body.calls as Json[]))
      return json(response, { accepted: (body.calls as Json[]).length, problems: [] })
    }
    if (path.startsWith('/api/v1/runs/')) {
      runs.push({ path, body })
      return json(response, {})
    }
    return json(response, { title: 'not found' }, 404)
  })
  return { ...server, calls, runs, state }
}
