/** The files that together are one period of one report, as its manifest names them. */
export type Delivery = {
  /** first day of the billing period, `YYYY-MM-DD`, and the first day after it */
  periodStart: string
  periodEnd: string
  /** what the manifest calls this run; the same run again brings nothing new */
  runId: string
  /** object keys in the bucket, in the manifest's order */
  keys: string[]
  columns: string[]
  manifestKey: string
}

type Listed = { key: string; lastModified: string }

/**
 * Which manifest counts for each billing period among the keys of an export's folder: the newest at the level of the
 * partition. Manifests of the single executions (create-new mode) and those with the FOCUS schema are left out.
 * Partitions are spelled `BILLING_PERIOD=` or `billing_period=`.
 * @param listed keys below the export's prefix
 * @returns period `YYYY-MM` → the manifest's key
 */
export function exportManifests(listed: readonly Listed[]): Map<string, string> {
  const newest = new Map<string, Listed>()
  for (const object of listed) {
    const match = /(?:^|\/)metadata\/billing_period=(\d{4}-\d{2})\/([^/]+)-manifest\.json$/i.exec(object.key)
    if (!match) continue
    const known = newest.get(match[1]!)
    if (!known || known.lastModified < object.lastModified) newest.set(match[1]!, object)
  }
  return new Map([...newest].map(([period, { key }]) => [period, key]))
}

/**
 * A manifest of AWS Data Exports, overwrite and create-new mode alike. The data files may name the bucket that the
 * export was replicated from; their keys are what counts.
 * @throws SyntaxError, or Error that says what is missing
 */
export function readExportManifest(text: string, manifestKey: string): Delivery {
  const manifest = JSON.parse(text) as Record<string, unknown>
  const files = listOf(manifest.dataFiles)
  const period =
    /billing_period=(\d{4})-(\d{2})/i.exec(manifestKey) ?? /billing_period=(\d{4})-(\d{2})/i.exec(files[0] ?? '')
  if (!period) throw new Error(`the manifest ${manifestKey} does not stand in a billing period`)
  const keys = files.map((file) => file.replace(/^s3:\/\/[^/]+\//, '').replace(/^\//, ''))
  const execution = manifest.executionId ?? manifest.ExecutionId ?? /\/([^/]+)\/[^/]+$/.exec(keys[0] ?? '')?.[1] ?? ''
  return {
    ...monthOf(Number(period[1]), Number(period[2])),
    // In overwrite mode the files keep their names: only what is in them tells one run from the next.
    runId: String(execution),
    keys,
    columns: columnsOf(manifest.columns),
    manifestKey,
  }
}

/**
 * Which manifest counts for each billing period of a legacy report: the one directly in the folder of the period, which
 * names the current assembly; copies inside of the assemblies' folders are older or the same.
 * @returns period `YYYYMMDD-YYYYMMDD` → the manifest's key
 */
export function reportManifests(listed: readonly Listed[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const { key } of listed) {
    const match = /(?:^|\/)(\d{8}-\d{8})\/[^/]+-Manifest\.json$/.exec(key)
    if (match) found.set(match[1]!, key)
  }
  return found
}

/**
 * A manifest of a legacy Cost and Usage Report. One assembly is one run; its `reportKeys` are all of its parts.
 * @throws SyntaxError, or Error that says what is missing
 */
export function readReportManifest(text: string, manifestKey: string): Delivery {
  const manifest = JSON.parse(text) as Record<string, unknown>
  const period = manifest.billingPeriod as { start?: unknown; end?: unknown } | undefined
  const day = (moment: unknown) => {
    const match = /^(\d{4})(\d{2})(\d{2})/.exec(String(moment ?? ''))
    if (!match) throw new Error(`the manifest ${manifestKey} names no billing period`)
    return `${match[1]}-${match[2]}-${match[3]}`
  }
  if (typeof manifest.assemblyId !== 'string') throw new Error(`the manifest ${manifestKey} names no assembly`)
  return {
    periodStart: day(period?.start),
    periodEnd: day(period?.end),
    runId: manifest.assemblyId,
    keys: listOf(manifest.reportKeys),
    columns: columnsOf(manifest.columns),
    manifestKey,
  }
}

function monthOf(year: number, month: number) {
  const first = (y: number, m: number) => `${y}-${String(m).padStart(2, '0')}-01`
  return {
    periodStart: first(year, month),
    periodEnd: month === 12 ? first(year + 1, 1) : first(year, month + 1),
  }
}

function listOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw new Error('the manifest lists no data files')
  return value as string[]
}

/** Legacy manifests name a category and a name, Data Exports a name. */
function columnsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((column: { category?: unknown; name?: unknown }) =>
    typeof column?.name !== 'string'
      ? []
      : [typeof column.category === 'string' ? `${column.category}/${column.name}` : column.name],
  )
}
