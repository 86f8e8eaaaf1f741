import type { Watch } from './begin-call'
import type { Attribution, Call, Named } from './call'
import { current, within } from './context'
import type { Estimate, EstimateQuestion } from './estimate'
import { watchGoogle } from './google'
import { Reporter, type ReportOptions } from './report-calls'
import { Run, type RunOptions } from './run'
import { type LanguageModelMiddleware, watchVercel } from './vercel'
import { type Fetch, watchFetch } from './watch-fetch'

export type InfraZenOptions = ReportOptions &
  Named & {
    /** Attribution by further names. */
    attributes?: Record<string, string>
  }

/** What a wrapper may be told about the client it wraps. */
export type WrapOptions = Attribution & {
  /** `gen_ai.provider.name` of who serves the model, for hosts this package does not know (a proxy, an own server). */
  provider?: string
}

const settings = [
  'url',
  'apiKey',
  'flushEveryMs',
  'batchSize',
  'maxQueued',
  'onProblem',
  'fetch',
  'attributes',
] as const

/**
 * Reports what an application's AI calls cost. Wrap each client once; calls then report themselves, one report an
 * attempt, in the background. A server that is away, or a mistake in reporting, never slows or fails a call. Prompts and
 * answers are never read further than to count their characters, and never sent.
 */
export class InfraZen {
  private readonly reporter: Reporter
  private readonly attribution: Attribution
  private readonly options: ReportOptions

  constructor(options: InfraZenOptions) {
    if (!options.url || !options.apiKey)
      throw new TypeError('InfraZen needs url and apiKey (made under Settings, API keys).')
    this.options = options
    this.reporter = new Reporter(options)
    this.attribution = { ...options.attributes, ...without(options, settings) } as Attribution
  }

  /** Watches an `openai` client (OpenAI, Azure OpenAI, and any host that speaks its API). Returns the same client. */
  openai<T extends object>(client: T, options: WrapOptions = {}): T {
    return this.watchClient(client, options)
  }

  /** Watches an `@anthropic-ai/sdk` client. Returns the same client. */
  anthropic<T extends object>(client: T, options: WrapOptions = {}): T {
    return this.watchClient(client, options)
  }

  /** Watches a `@google/genai` client. Returns the same client. */
  google<T extends object>(client: T, options: WrapOptions = {}): T {
    watchGoogle(client, this.watch(options))
    return client
  }

  /** Middleware for the Vercel AI SDK: `wrapLanguageModel({ model, middleware: infrazen.middleware() })`. */
  middleware(options: WrapOptions = {}): LanguageModelMiddleware {
    return watchVercel(this.watch(options))
  }

  /** A `fetch` that reports the model calls made with it, for any other client that takes one. */
  fetch(options: WrapOptions & { fetch?: Fetch } = {}): Fetch {
    return watchFetch(
      options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      this.watch(without(options, ['fetch'])),
    )
  }

  /** Calls made inside `work` carry this attribution, besides what is set outside. */
  with<T>(attribution: Attribution, work: () => Promise<T> | T): Promise<T> {
    const outside = current()
    return within(
      { attribution: { ...outside?.attribution, ...attribution }, ...(outside?.onCall && { onCall: outside.onCall }) },
      work,
    )
  }

  /**
   * Groups the calls made inside `work` as one run of an experiment, with their cost while it goes on. What was reported
   * is acknowledged or known to be unreachable when the promise settles.
   */
  async run<T>(options: RunOptions, work: (run: Run) => Promise<T> | T): Promise<T> {
    const run = new Run(options, (one, values, ended) => this.sendRun(one, values, ended))
    const outside = current()
    const attribution = { ...outside?.attribution, ...options, experiment: run.experiment, run: run.id }
    try {
      return await within(
        {
          attribution,
          onCall: (call) => {
            run.take(call)
            outside?.onCall?.(call)
          },
        },
        () => work(run),
      )
    } finally {
      await run.cost()
      await Promise.all([this.reporter.flush(), run.end()])
    }
  }

  /**
   * What a call would cost, asked of the server, which knows the organization's own prices. Amounts are exact decimal text.
   * @throws Error with the server's words where it cannot be answered.
   */
  async estimate(question: EstimateQuestion): Promise<Estimate> {
    return (await this.ask('/api/v1/pricing/estimate', 'POST', question)) as Estimate
  }

  /** Calls that wait to be reported. */
  get queued(): number {
    return this.reporter.queued
  }

  /** Sends what waits. False when the server could not be reached; nothing is lost then, up to the queue's bound. */
  flush(): Promise<boolean> {
    return this.reporter.flush()
  }

  private watchClient<T extends object>(client: T, options: WrapOptions): T {
    const inner = client as { fetch?: Fetch }
    if (typeof inner.fetch !== 'function') {
      throw new TypeError('This client has no fetch to watch. Give infrazen.fetch() to its constructor instead.')
    }
    inner.fetch = watchFetch(inner.fetch, this.watch(options))
    return client
  }

  private watch(options: WrapOptions): Watch {
    const fixed = { ...this.attribution, ...without(options, ['provider']) } as Attribution
    return {
      ...(options.provider && { provider: options.provider }),
      begin: () => {
        const inside = current()
        return {
          attribution: { ...fixed, ...inside?.attribution },
          report: (call: Call) => {
            try {
              this.reporter.add(call)
              inside?.onCall?.(call)
            } catch (error) {
              this.options.onProblem?.(`A call could not be reported: ${wordsOf(error)}`)
            }
          },
        }
      },
    }
  }

  private async sendRun(run: Run, values: Record<string, string>, ended: Date | null): Promise<void> {
    try {
      await this.ask(`/api/v1/runs/${encodeURIComponent(run.id)}`, 'PUT', {
        experiment: run.experiment,
        startedAt: run.startedAt.toISOString(),
        endedAt: ended?.toISOString() ?? null,
        values,
      })
    } catch (error) {
      this.options.onProblem?.(`The run ${run.id} could not be reported: ${wordsOf(error)}`)
    }
  }

  private async ask(path: string, method: string, body: unknown): Promise<unknown> {
    const fetch = this.options.fetch ?? globalThis.fetch
    const response = await fetch(new URL(path, this.options.url), {
      method,
      headers: { authorization: `Bearer ${this.options.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    if (response.status === 204) return null
    const answer = (await response.json()) as { detail?: string; title?: string }
    if (!response.ok) throw new Error(answer.detail ?? answer.title ?? `InfraZen answered ${response.status}`)
    return answer
  }
}

function without<T extends object>(value: T, names: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as Partial<T>
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
