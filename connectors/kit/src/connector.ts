import type { Http } from './http'
import type { Manifest, ReadKind } from './manifest'

/** Something that the reader of a run should know; `code` is stable, `message` is English and free of secrets. */
export type Problem = { code: string; message: string }

/** A FOCUS 1.4 CostAndUsage row. Amounts and quantities are decimal strings, moments RFC 3339 in UTC, null is absent. */
export type ChargeRow = {
  BilledCost: string
  BillingCurrency: string
  BillingAccountId: string
  BillingPeriodStart: string
  BillingPeriodEnd: string
  ChargePeriodStart: string
  ChargePeriodEnd: string
  ChargeCategory: string
  ServiceName: string
  ServiceProviderName: string
  readonly [focusColumn: string]: string | null | undefined
}

/** What a provider counted in one bucket of time. Names stand beside ids as they were when the row was read. */
export type UsageRow = {
  /** RFC 3339, UTC; the end is exclusive. */
  bucketStart: string
  bucketEnd: string
  account: string
  project: string
  projectName: string
  key: string
  keyName: string
  user: string
  userName: string
  model: string
  tier: string
  region: string
  /** Disjoint leaf units (`input.text.cache_read`, …) and their quantities as decimal strings. */
  units: Record<string, string>
  /** Whole number as text; null when the provider does not count requests. */
  requests: string | null
  /** What else tells rows of one bucket apart, and what the provider says beside quantities. */
  attributes: Record<string, string>
}

/** A whole file of a provider (an export), taken in as it is. */
export type SourceFile = {
  /** Stable over restatements: the same key again replaces. */
  key: string
  name: string
  /** Changes when the content does (an ETag, a size and a time). */
  version: string
  open(): AsyncIterable<Uint8Array>
}

/**
 * What one request brought. `part` names what is being read (`costs`, `usage/completions`); `partDone` is set on its last page,
 * and only then what was read of the part replaces what was known. `cursor` resumes behind this page; null ends the reading.
 */
export type Page = {
  part: string
  partDone: boolean
  cursor: string | null
  /** Share of the request that is behind us, 0 to 1. */
  progress: number
  charges?: ChargeRow[]
  usage?: UsageRow[]
  files?: SourceFile[]
  /** Totals as the provider itself states them for this page, before anything was derived. Decimal strings. */
  stated?: { currency: string; amount: string }[]
  problems?: Problem[]
}

/** `[from, to)`, both on a boundary of the provider's day. Charges are asked for whole billing periods. */
export type ReadRequest = { kind: ReadKind; from: Date; to: Date; cursor: string | null }

export type Account = { id: string; name: string }

/** What became of trying one right. `message` is the provider's own answer, free of secrets. */
export type Check = { right: string; state: 'works' | 'missing' | 'unknown'; code: string; message: string }
export type TestReport = { account: Account | null; checks: Check[] }

export type Context = {
  readonly http: Http
  readonly credentials: Readonly<Record<string, string>>
  /** The account as the connection's first successful test named it; null before. */
  readonly account: Account | null
  readonly now: () => Date
}

/**
 * One provider. `read` yields pages in an order that is the same at every call, and `read` with the cursor of a page yields what
 * follows it: that is all the state a connector has. Failures of the provider are thrown as `ProviderFailure`.
 */
export type Connector = {
  readonly manifest: Manifest
  test(context: Context): Promise<TestReport>
  read(request: ReadRequest, context: Context): AsyncGenerator<Page>
}
