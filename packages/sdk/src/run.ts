import type { Attribution, Call } from './call'
import { Sums } from './money'

/** Options of `infrazen.run()`. */
export type RunOptions = Attribution & {
  /** What is tried, over all its runs. */
  experiment: string
  /** Name of this run; made from the time where absent. */
  run?: string
}

/** The cost of a run so far: known amounts a currency, and the calls whose price is not known (never taken as zero). */
export type RunCost = {
  amounts: { currency: string; amount: string }[]
  calls: number
  unpricedCalls: number
}

/** One run of an experiment: its calls' cost as they end, and the figures it is judged by. */
export class Run {
  readonly experiment: string
  readonly id: string
  readonly startedAt = new Date()
  private readonly sums = new Sums()
  private calls = 0
  private unpriced = 0
  private readonly pricing = import('./pricing')
  private pending: Promise<void> = Promise.resolve()
  private readonly listeners = new Set<(cost: RunCost) => void>()
  private readonly reported = new Map<string, string>()

  constructor(
    options: RunOptions,
    private readonly send: (run: Run, values: Record<string, string>, ended: Date | null) => Promise<void>,
  ) {
    this.experiment = options.experiment
    this.id = options.run ?? `${options.experiment}-${this.startedAt.toISOString().replace(/[-:]|\.\d+Z$/g, '')}`
  }

  /** Cost of every call that has ended, at the list prices of this package: exact decimal text a currency. */
  async cost(): Promise<RunCost> {
    let seen: Promise<void>
    do {
      seen = this.pending
      await seen
    } while (seen !== this.pending)
    return this.soFar()
  }

  /** Calls `listener` with the cost after each call of the run. Returns a function that stops it. */
  onCost(listener: (cost: RunCost) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Reports a figure this run is judged by (`accuracy`, `tickets_solved`), shown beside its cost. A later value replaces it. */
  async report(name: string, value: number | string): Promise<void> {
    const text = typeof value === 'number' ? decimalOf(value) : value
    if (!/^-?\d+(\.\d+)?$/.test(text))
      throw new RangeError(`the value of ${name} must be a decimal number, not ${value}`)
    this.reported.set(name, text)
    await this.send(this, Object.fromEntries(this.reported), null)
  }

  /** @internal */
  take(call: Call): void {
    this.pending = Promise.all([this.pending, this.pricing]).then(([, { priceOf }]) => {
      const quote = priceOf(call)
      this.calls++
      if (quote === null || quote.status === 'unpriced' || quote.status === 'partial') {
        if (call.outcome !== 'error') this.unpriced++
      }
      if (quote?.cost) this.sums.add(quote.currency, quote.cost)
      const cost = this.soFar()
      for (const listener of this.listeners) listener(cost)
    })
  }

  /** @internal */
  async end(): Promise<void> {
    await this.send(this, Object.fromEntries(this.reported), new Date())
  }

  private soFar(): RunCost {
    return { amounts: this.sums.list(), calls: this.calls, unpricedCalls: this.unpriced }
  }
}

function decimalOf(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const text = String(value)
  return text.includes('e') ? value.toFixed(18).replace(/\.?0+$/, '') : text
}
