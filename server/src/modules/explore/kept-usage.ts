import type { Explorer } from './explorer'
import type { LedgerVersions } from './ledger-versions'
import { keptCounts } from './measures'

/** What a question may ask of calls without reading single quarter hours' runs, experiments and customers. */
export const keptAttributes = [
  'Provider',
  'ServiceProviderName',
  'ServiceName',
  'AccountId',
  'Model',
  'Operation',
  'ServiceTier',
  'Region',
  'Team',
  'Project',
  'Feature',
  'Environment',
  'Service',
  'Currency',
  'CostStatus',
] as const

export type KeptLevel = 'day' | 'hour' | 'quarter'
export const slotSeconds: Record<KeptLevel, number> = { day: 86_400, hour: 3600, quarter: 900 }
const daySeconds = 86_400

/** A UTC day (seconds since 1970 of its start) at one level. */
export type WantedBlock = { level: KeptLevel; day: number }

/**
 * Sums of one UTC day by slot and series. Columns are whole numbers in doubles; a cost is its whole part, the nine decimals after
 * the point and the nine after those, each with the sign. No sum over some of the rows is larger than `reach`, in any column.
 */
export type KeptBlock = {
  rows: number
  /** Which combination of attributes: an index of `KeptUsage.series`. */
  series: Uint32Array
  /** Which hour or quarter hour of the day. */
  slots: Uint8Array
  /** In the order of `keptCounts`; null where every row has 0. */
  counts: (Float64Array | null)[]
  cost: [Float64Array, Float64Array, Float64Array]
  reach: number
  bytes: number
}

/** Values of `keptAttributes`, in that order. */
export type Series = readonly string[]
type Organization = { series: Series[]; idOf: Map<string, number> }
type Entry = { stamp: string; until: number; block: Promise<KeptBlock>; bytes: number }

const maxBytes = 96 * 1024 * 1024
const maxSeries = 50_000
/** More rows than this are better summed where they lie. */
const maxRowsRead = 1_000_000

/**
 * Keeps the roll-ups' sums of calls in memory, a UTC day at a time, so that questions which differ in what they split by, filter or
 * compare share one reading; a new call makes only its own day be read again.
 */
export class KeptUsage {
  private readonly organizations = new Map<string, Organization>()
  /** By organization, level and day; the least recently used comes first. */
  private readonly blocks = new Map<string, Entry>()
  private bytes = 0
  private tooLargeUntil = new Map<string, number>()

  constructor(
    private readonly run: Explorer['run'],
    private readonly versions: LedgerVersions,
    /** How long a block may be kept where other writers than this process exist. */
    private readonly maxAgeMs: number,
  ) {}

  /** The blocks of these days, in the order asked; null where they are too many to be kept. */
  async blocksOf(
    organizationId: string,
    wanted: readonly WantedBlock[],
  ): Promise<{ series: readonly Series[]; blocks: KeptBlock[] } | null> {
    if ((this.tooLargeUntil.get(organizationId) ?? 0) > Date.now()) return null
    let organization = this.organizations.get(organizationId)
    if (!organization || organization.series.length > maxSeries) {
      for (const key of [...this.blocks.keys()]) if (key.startsWith(organizationId)) this.drop(key)
      organization = { series: [], idOf: new Map() }
      this.organizations.set(organizationId, organization)
    }
    const { series } = organization
    const entries: Entry[] = []
    const missing: Record<KeptLevel, { key: string; day: number; at: number; stamp: string }[]> = {
      day: [],
      hour: [],
      quarter: [],
    }
    const now = Date.now()
    for (const [at, { level, day }] of wanted.entries()) {
      const key = `${organizationId} ${level} ${day}`
      const stamp = this.versions.stampOf(organizationId, {
        usage: { from: BigInt(day) * 1_000_000n, to: BigInt(day + daySeconds) * 1_000_000n },
      })
      const found = this.blocks.get(key)
      if (found?.stamp === stamp && found.until > now) {
        this.blocks.delete(key)
        this.blocks.set(key, found)
        entries[at] = found
      } else missing[level].push({ key, day, at, stamp })
    }
    for (const level of ['day', 'hour', 'quarter'] as const) {
      const list = missing[level]
      if (list.length === 0) continue
      const reading = this.read(
        organizationId,
        organization,
        level,
        list.map(({ day }) => day),
      )
      reading.catch(() => undefined)
      for (const { key, day, at, stamp } of list) {
        const block = reading.then((blocks) => blocks.get(day)!)
        block.catch(() => undefined)
        const entry: Entry = { stamp, until: now + this.maxAgeMs, block, bytes: 0 }
        this.drop(key)
        this.blocks.set(key, entry)
        entries[at] = entry
        block.then(
          ({ bytes }) => this.weigh(key, entry, bytes),
          () => this.blocks.get(key) === entry && this.drop(key),
        )
      }
    }
    try {
      return { series, blocks: await Promise.all(entries.map(({ block }) => block)) }
    } catch (cause) {
      if (!/TOO_MANY_ROWS|code: 158/i.test(`${cause} ${(cause as { type?: string }).type ?? ''}`)) throw cause
      this.tooLargeUntil.set(organizationId, Date.now() + 600_000)
      return null
    }
  }

  private weigh(key: string, entry: Entry, bytes: number) {
    if (this.blocks.get(key) !== entry) return
    entry.bytes = bytes
    this.bytes += bytes
    for (const oldest of this.blocks.keys()) {
      if (this.bytes <= maxBytes) break
      this.drop(oldest)
    }
  }

  private drop(key: string) {
    const found = this.blocks.get(key)
    if (!found) return
    this.blocks.delete(key)
    this.bytes -= found.bytes
  }

  private async read(
    organizationId: string,
    { series, idOf }: Organization,
    level: KeptLevel,
    days: number[],
  ): Promise<Map<number, KeptBlock>> {
    const first = days.reduce((a, b) => Math.min(a, b))
    const last = days.reduce((a, b) => Math.max(a, b))
    const everyDay = days.length === (last - first) / daySeconds + 1
    const rows = await this.run<Record<string, string> & { at: number[]; Cost: string[] }>({
      name: 'explore.keepUsage',
      // A row a series, so that its attributes are sent once; counts as doubles, which `reach` keeps within whole numbers.
      sql: `SELECT ${keptAttributes.join(', ')}, groupArray(toUnixTimestamp(Bucket)) AS at, groupArray(Cost) AS Costs, ${keptCounts.map((name) => `groupArray(toFloat64(${name})) AS c${name}`).join(', ')}
        FROM ${level === 'quarter' ? 'usage_per_15m_v1' : 'usage_coarse_v1'}
        WHERE OrganizationId = {organizationId:UUID}${level === 'quarter' ? '' : ` AND BucketHours = ${level === 'day' ? 24 : 1}`} AND Bucket >= toDateTime({first:UInt32}, 'UTC') AND Bucket < toDateTime({end:UInt32}, 'UTC')${everyDay ? '' : ` AND toUnixTimestamp(toStartOfDay(Bucket, 'UTC')) IN {days:Array(UInt32)}`}
        GROUP BY ${keptAttributes.join(', ')}`,
      params: { organizationId, first, end: last + daySeconds, ...(everyDay ? {} : { days }) },
      settings: { max_rows_to_read: maxRowsRead },
    })
    const building = new Map(days.map((day) => [day, new BlockBuilder()]))
    for (const row of rows) {
      const attributes = keptAttributes.map((name) => row[name]!)
      const key = JSON.stringify(attributes)
      let id = idOf.get(key)
      if (id === undefined) {
        id = series.length
        series.push(attributes)
        idOf.set(key, id)
      }
      const counts = keptCounts.map((name) => row[`c${name}`] as unknown as number[])
      const costs = row.Costs as unknown as string[]
      for (const [i, at] of row.at.entries()) {
        const day = Math.floor(at / daySeconds) * daySeconds
        building.get(day)!.add(id, (at - day) / slotSeconds[level], costs[i]!, counts, i)
      }
    }
    return new Map([...building].map(([day, builder]) => [day, builder.finish()]))
  }
}

class BlockBuilder {
  private readonly rowOf = new Map<number, number>()
  private readonly series: number[] = []
  private readonly slots: number[] = []
  private readonly counts: number[][] = keptCounts.map(() => [])
  private readonly cost: [number[], number[], number[]] = [[], [], []]
  private reach = 0

  /** What is not merged on disk yet comes as several rows of the same slot and series. */
  add(series: number, slot: number, cost: string, counts: number[][], i: number) {
    const key = series * 96 + slot
    let row = this.rowOf.get(key)
    if (row === undefined) {
      row = this.series.length
      this.rowOf.set(key, row)
      this.series.push(series)
      this.slots.push(slot)
      for (const column of [...this.counts, ...this.cost]) column.push(0)
    }
    const parts = partsOf(cost)
    let largest = 1e9
    for (const [n, part] of parts.entries()) this.cost[n]![row]! += part
    largest = Math.max(largest, Math.abs(parts[0]))
    for (const [n, column] of counts.entries()) {
      this.counts[n]![row]! += column[i]!
      largest = Math.max(largest, Math.abs(column[i]!))
    }
    this.reach += largest
  }

  finish(): KeptBlock {
    const counts = this.counts.map((column) =>
      column.every((value) => value === 0) ? null : Float64Array.from(column),
    )
    const rows = this.series.length
    return {
      rows,
      series: Uint32Array.from(this.series),
      slots: Uint8Array.from(this.slots),
      counts,
      cost: this.cost.map((column) => Float64Array.from(column)) as KeptBlock['cost'],
      reach: this.reach,
      bytes: 500 + rows * (5 + 8 * (3 + counts.filter(Boolean).length)),
    }
  }
}

/** A decimal of at most 18 decimals as whole part and twice nine decimals, each with the sign. */
function partsOf(decimal: string): [number, number, number] {
  const negative = decimal.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? decimal.slice(1) : decimal).split('.')
  const digits = fraction.padEnd(18, '0')
  const sign = negative ? -1 : 1
  return [sign * Number(whole), sign * Number(digits.slice(0, 9)), sign * Number(digits.slice(9, 18))]
}

/** The other way round, as `units / 10^30`. */
export const unitsOf = (whole: number, high: number, low: number): bigint =>
  (BigInt(whole) * 10n ** 18n + BigInt(high) * 10n ** 9n + BigInt(low)) * 10n ** 12n
