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

/** A whole file of a source, taken in as it is. */
export type SourceFile = {
  /** Where it lies; unique within its delivery. */
  key: string
  /** What people call it. */
  name: string
  /** Changes when the content does (an ETag, a size and a time). */
  version: string
  /** null where the source does not say; otherwise as many must come. */
  bytes: number | null
  /** May be called again. Ends with a ProviderFailure when less than everything came, or something newer than `version`. */
  open(): AsyncIterable<Uint8Array>
}

/** Files that are together what a source says about one thing: a billing period of an export, or one file on its own. */
export type FileDelivery = {
  /** Stable over restatements: the same key again replaces what it said before, all at once. */
  key: string
  /** What people call it: the export and its period, or the file's name. */
  title: string
  /** Changes when any of the files does. The same version again is not even fetched. */
  version: string
  files: SourceFile[]
  /** Id of a bill format or `focus`; absent: recognised by its columns. */
  format?: string
  /** `period`: all that the connection has to say about the accounts and periods in it. `auto`: the ledger judges by its lines. */
  replaces: 'period' | 'auto'
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
  deliveries?: FileDelivery[]
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
  /** Folders of this machine that may be read; none unless the operator named them. */
  readonly folders: readonly string[]
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
