import { createHash } from 'node:crypto'
import type { ChargeRow, Connector, FileDelivery, Page, UsageRow } from '../connector'
import { addDecimals, isDecimal, plainDecimal } from '../decimal'
import { ProviderFailure } from '../failure'
import { manifestProblems, type ReadKind } from '../manifest'
import { testContext } from './context'
import type { Fault, StandIn, StandInRequest } from './stand-in'

/** A connector beside its stand-in, and what the stand-in's data add up to. */
export type ConformanceSubject = {
  connector: Connector
  /** Which of several ways to read, where there are several. */
  variant?: string
  /** Starts the stand-in; `credentials` are those it accepts. */
  start(): Promise<{ standIn: StandIn; credentials: Record<string, string>; restate?: () => void }>
  /** The time that the stand-in's data cover, and the moment that counts as now. */
  from: Date
  to: Date
  now: Date
  /** Sums of the fixture by currency, counted apart from the connector; absent without charges. */
  billed?: Record<string, string>
  /** Sums of leaf units of the fixture; absent without usage. */
  units?: Record<string, string>
  /** SHA-256 of the files that must come, by delivery and file; absent without files. */
  files?: Record<string, string>
  /** Requests whose answer is a file: what is in it is not the connector's to judge. */
  isFile?: (request: StandInRequest) => boolean
  /** A field of every answer whose renaming must be noticed. */
  field: string
  /** Where the fixture comes from. */
  fixtureSource: string
}

export type CertificateLine = { promise: string; kept: boolean; evidence: string }
export type Certificate = { connector: string; variant: string | null; lines: CertificateLine[]; fixtureSource: string }

type Reading = { pages: Page[]; charges: ChargeRow[]; usage: { part: string; row: UsageRow }[]; files: ReadFile[] }
type ReadFile = { delivery: string; deliveryVersion: string; file: string; version: string; content: string }

const requiredColumns =
  'BilledCost EffectiveCost BillingCurrency BillingAccountId BillingPeriodStart BillingPeriodEnd ChargePeriodStart ChargePeriodEnd ChargeCategory ChargeFrequency ChargeDescription ServiceCategory ServiceName ServiceProviderName InvoiceIssuerName'.split(
    ' ',
  )

/** Holds a connector to everything that the product relies on. It never stops at the first promise that is broken. */
export async function runConformance(subject: ConformanceSubject): Promise<Certificate> {
  const { connector } = subject
  const lines: CertificateLine[] = []
  const { standIn, credentials, restate } = await subject.start()
  const secrets = connector.manifest.credentials.flatMap((field) =>
    field.kind === 'secret' ? (credentials[field.id] ?? []) : [],
  )
  const kinds = connector.manifest.reads
    .map((read) => read.kind)
    .filter((kind) => kind === 'charges' || kind === 'usage' || kind === 'files')
  const said: string[] = []

  const promise = async (name: string, keep: () => Promise<string>) => {
    standIn.faults = null
    try {
      lines.push({ promise: name, kept: true, evidence: await keep() })
    } catch (error) {
      lines.push({ promise: name, kept: false, evidence: error instanceof Error ? error.message : String(error) })
    }
  }
  // What is in a file is not the connector's to judge: such trouble is made in what it reads itself.
  const fits = (fault: Fault, request: StandInRequest) =>
    !((fault === 'wrong_type' || fault === 'garbage') && subject.isFile?.(request))
  const context = (values = credentials) => testContext(connector, values, { secrets, now: subject.now })
  const read = async (kind: ReadKind, cursor: string | null = null, stopAfter = Number.POSITIVE_INFINITY) => {
    const reading: Reading = { pages: [], charges: [], usage: [], files: [] }
    for await (const page of connector.read({ kind, from: subject.from, to: subject.to, cursor }, context())) {
      reading.pages.push(page)
      reading.charges.push(...(page.charges ?? []))
      reading.usage.push(...(page.usage ?? []).map((row) => ({ part: page.part, row })))
      for (const delivery of page.deliveries ?? []) reading.files.push(...(await filesOf(delivery)))
      for (const problem of page.problems ?? []) said.push(problem.message)
      if (reading.pages.length >= stopAfter) break
    }
    return reading
  }
  const failure = async (kind: ReadKind) => {
    try {
      await read(kind)
    } catch (error) {
      if (error instanceof ProviderFailure) {
        said.push(error.message)
        return error
      }
      throw new Error(`threw ${error instanceof Error ? error.name : typeof error} instead of a ProviderFailure`)
    }
    throw new Error('went on as if nothing had happened')
  }

  try {
    await promise('The manifest is sound', async () => {
      const problems = manifestProblems(connector.manifest)
      expect(problems.length === 0, problems.join('; '))
      return `${connector.manifest.credentials.length} fields, ${connector.manifest.rights.length} rights, three languages`
    })
    await promise('Test finds every right, and tells which one is missing', async () => {
      const good = await connector.test(context())
      const needed = connector.manifest.rights.filter((right) => right.needed).map((right) => right.id)
      const works = good.checks.filter((check) => check.state === 'works').map((check) => check.right)
      expect(
        needed.every((id) => works.includes(id)),
        `works: ${works.join(', ')}`,
      )
      standIn.faults = () => ({ status: 403 })
      const bad = await connector.test(context())
      for (const check of bad.checks) said.push(check.message)
      expect(
        bad.checks.length > 0 && bad.checks.every((check) => check.state === 'missing'),
        'a refused right is not told',
      )
      return `${works.length} rights tried`
    })
    const readings = new Map<ReadKind, Reading>()
    for (const kind of kinds)
      await promise(`Reads ${kind} to the end, page by page`, async () => {
        const reading = await read(kind)
        readings.set(kind, reading)
        expect(reading.pages.length > 1, 'the fixture must hold more than one page')
        expect(reading.pages.at(-1)?.cursor === null, 'the last page still has a cursor')
        expect(reading.pages.at(-1)?.partDone === true, 'the last part is not done')
        const most = Math.max(
          ...reading.pages.map(
            (page) => (page.charges?.length ?? 0) + (page.usage?.length ?? 0) + (page.deliveries?.length ?? 0),
          ),
        )
        expect(most <= 20_000, `a page holds ${most} rows: memory would grow with the account`)
        return `${reading.pages.length} pages, ${reading.charges.length + reading.usage.length + reading.files.length} ${kind === 'files' ? 'files' : 'rows'}, ${most} at once at most`
      })
    const charges = readings.get('charges')?.charges ?? []
    const usage = readings.get('usage')?.usage ?? []
    if (kinds.includes('charges')) {
      await promise(
        'Every charge has the columns that FOCUS requires, with moments and amounts that can be read',
        async () => {
          for (const charge of charges) {
            const missing = requiredColumns.filter((column) => charge[column] == null || charge[column] === '')
            expect(missing.length === 0, `${missing.join(', ')} missing`)
            expect(
              isDecimal(charge.BilledCost) && /^[A-Z]{3}$/.test(charge.BillingCurrency),
              'amount or currency unreadable',
            )
            expect(charge.ChargePeriodStart < charge.ChargePeriodEnd, 'a charge period that does not advance')
            expect(
              charge.BillingPeriodStart <= charge.ChargePeriodStart &&
                charge.ChargePeriodStart < charge.BillingPeriodEnd,
              'a charge outside of its billing period',
            )
          }
          return `${charges.length} charges, ${requiredColumns.length} columns each`
        },
      )
      await promise('The charges add up to the fixture and to the provider’s own totals', async () => {
        const sums = sumsBy(charges.map((charge) => [charge.BillingCurrency, charge.BilledCost]))
        for (const [currency, amount] of Object.entries(subject.billed ?? {}))
          expect(sums[currency] === plainDecimal(amount), `${currency} ${sums[currency]} instead of ${amount}`)
        const stated = sumsBy(
          (readings.get('charges')?.pages ?? []).flatMap((page) =>
            (page.stated ?? []).map((total) => [total.currency, total.amount] as const),
          ),
        )
        for (const [currency, amount] of Object.entries(stated))
          expect(sums[currency] === amount, `stated ${currency} ${amount}, read ${sums[currency]}`)
        return Object.entries(sums)
          .map(([currency, amount]) => `${amount} ${currency}`)
          .join(', ')
      })
      await promise('No charge comes twice', async () => uniqueness(charges.map(chargeKey)))
    }
    if (kinds.includes('usage')) {
      await promise('The leaf units add up to the fixture', async () => {
        const sums = sumsBy(usage.flatMap(({ row }) => Object.entries(row.units)))
        for (const [unit, quantity] of Object.entries(subject.units ?? {}))
          expect(sums[unit] === plainDecimal(quantity), `${unit}: ${sums[unit]} instead of ${quantity}`)
        return Object.entries(subject.units ?? {})
          .map(([unit, quantity]) => `${unit} ${quantity}`)
          .join(', ')
      })
      await promise('No usage row comes twice', async () => uniqueness(usage.map(usageKey)))
    }
    const files = readings.get('files')?.files ?? []
    if (kinds.includes('files')) {
      await promise('Every file of every delivery comes whole, once', async () => {
        const wanted = subject.files ?? {}
        const got = new Map(files.map((file) => [`${file.delivery} ${file.file}`, file]))
        expect(got.size === files.length, 'a file comes twice')
        for (const [place, content] of Object.entries(wanted))
          expect(got.get(place)?.content === content, `${place} ${got.has(place) ? 'has other bytes' : 'is missing'}`)
        expect(got.size === Object.keys(wanted).length, `${got.size} files instead of ${Object.keys(wanted).length}`)
        expect(
          files.every((file) => file.version !== '' && file.deliveryVersion !== ''),
          'a version is missing',
        )
        return `${files.length} files, byte by byte`
      })
    }
    for (const kind of kinds) {
      const whole = readings.get(kind)
      if (!whole) continue
      await promise(`Reading ${kind} again brings the same`, async () => {
        expect(sameRows(await read(kind), whole), 'the second reading differs')
        return `${whole.pages.length} pages twice`
      })
      await promise(`Reading ${kind} goes on after a kill between any two pages`, async () => {
        for (let stop = 1; stop < whole.pages.length; stop++) {
          const before = await read(kind, null, stop)
          const after = await read(kind, before.pages.at(-1)!.cursor)
          expect(sameRows(merge(before, after), whole), `killed after page ${stop}, the rows differ`)
        }
        return `${whole.pages.length - 1} places`
      })
      await promise(`Reading ${kind} survives passing trouble`, async () => {
        const troubles: Fault[] = [
          { status: 429, headers: { 'retry-after': '2' } },
          { status: 500 },
          { status: 503 },
          'cut',
          'truncated',
          'wrong_type',
          'garbage',
        ]
        for (const trouble of troubles) {
          standIn.faults = (request, number) => (number % 3 === 1 && fits(trouble, request) ? trouble : null)
          expect(sameRows(await read(kind), whole), `after ${nameOf(trouble)} the rows differ`)
        }
        return troubles.map(nameOf).join(', ')
      })
      await promise(`Reading ${kind} ends with a reason when trouble stays`, async () => {
        const ends: [Fault, string][] = [
          [{ status: 401 }, 'unauthorized'],
          [{ status: 403 }, 'forbidden'],
          [{ status: 404 }, 'not_found'],
          [{ status: 429 }, 'rate_limited'],
          [{ status: 500 }, 'unavailable'],
          ['cut', 'unreachable'],
          ['wrong_type', 'bad_answer'],
          ['garbage', 'bad_answer'],
          ['endless', 'too_large'],
          [{ rename: [subject.field, `${subject.field}_v2`] }, 'changed_format'],
        ]
        for (const [fault, code] of ends) {
          standIn.faults = () => fault
          const found = await failure(kind)
          expect(found.code === code, `${nameOf(fault)} was told as ${found.code}`)
        }
        return ends.map(([, code]) => code).join(', ')
      })
    }
    if (restate && readings.has('files'))
      await promise('A restated delivery has another version, the others keep theirs', async () => {
        const versions = (reading: Reading) =>
          new Map(reading.files.map((file) => [file.delivery, file.deliveryVersion]))
        const before = versions(readings.get('files')!)
        restate()
        const after = versions(await read('files'))
        const changed = [...after].filter(([key, version]) => before.get(key) !== version)
        expect(changed.length === 1, `${changed.length} deliveries changed`)
        return `${changed.length} of ${after.size}`
      })
    await promise('No secret in messages, rows or cursors', async () => {
      const texts = [...said, JSON.stringify([...readings.values()])]
      for (const secret of secrets) for (const text of texts) expect(!text.includes(secret), 'a secret was found')
      expect(secrets.length > 0 && said.length > 0, 'nothing was said that could have held a secret')
      return `${texts.length} texts searched; the stand-in repeats the key in its errors`
    })
  } finally {
    await standIn.close()
  }
  return {
    connector: connector.manifest.id,
    variant: subject.variant ?? null,
    lines,
    fixtureSource: subject.fixtureSource,
  }
}

async function filesOf(delivery: FileDelivery): Promise<ReadFile[]> {
  const read: ReadFile[] = []
  for (const file of delivery.files) {
    for (let attempt = 1; ; attempt++) {
      try {
        const hash = createHash('sha256')
        for await (const piece of file.open()) hash.update(piece)
        read.push({
          delivery: delivery.key,
          deliveryVersion: delivery.version,
          file: file.key,
          version: file.version,
          content: hash.digest('hex'),
        })
        break
      } catch (error) {
        // As the product does: what was cut is read anew.
        if (attempt >= 3 || !(error instanceof ProviderFailure) || error.details.retryable !== true) throw error
      }
    }
  }
  return read
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

function sumsBy(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const groups = new Map<string, string[]>()
  for (const [name, amount] of entries) groups.set(name, [...(groups.get(name) ?? []), amount])
  return Object.fromEntries([...groups].map(([name, amounts]) => [name, addDecimals(amounts)]))
}

const chargeKey = (row: ChargeRow) =>
  [
    'ChargePeriodStart',
    'ChargePeriodEnd',
    'ChargeCategory',
    'ServiceName',
    'SkuId',
    'SubAccountId',
    'ResourceId',
    'RegionId',
    'ChargeDescription',
  ]
    .map((column) => row[column] ?? '')
    .join('\u0000')
const usageKey = ({ part, row }: { part: string; row: UsageRow }) =>
  JSON.stringify([
    part,
    row.bucketStart,
    row.project,
    row.key,
    row.user,
    row.model,
    row.tier,
    row.region,
    row.attributes,
  ])

function uniqueness(keys: string[]): string {
  expect(new Set(keys).size === keys.length, `${keys.length - new Set(keys).size} keys come twice`)
  return `${keys.length} keys`
}

const rowsOf = (reading: Reading) =>
  [
    ...reading.charges.map((row) => JSON.stringify(row)),
    ...reading.usage.map((row) => JSON.stringify(row)),
    ...reading.files.map((file) => JSON.stringify(file)),
  ].sort()
const sameRows = (a: Reading, b: Reading) => JSON.stringify(rowsOf(a)) === JSON.stringify(rowsOf(b))
const merge = (a: Reading, b: Reading): Reading => ({
  pages: [...a.pages, ...b.pages],
  charges: [...a.charges, ...b.charges],
  usage: [...a.usage, ...b.usage],
  files: [...a.files, ...b.files],
})

function nameOf(fault: Fault): string {
  if (typeof fault === 'string') return fault.replace('_', ' ')
  return 'status' in fault ? String(fault.status) : `renamed ${fault.rename[0]}`
}
