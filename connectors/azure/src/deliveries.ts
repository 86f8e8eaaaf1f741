/** One run of an Azure export for one month: the blobs that together replace what an earlier run said of it. */
export type Delivery = {
  /** the export, scope included; with `dataset` and `periodStart` it names what a later run replaces */
  exportId: string
  /** e.g. `FocusCost 1.2-preview`, `ActualCost 2021-10-01` */
  dataset: string
  /** the id of the bill format, or focus; null for datasets that hold no charges */
  format: 'focus' | 'azure-actual' | 'azure-amortized' | null
  periodStart: string
  runId: string
  submittedAt: string
  blobs: { name: string; bytes: number; rows: number | null }[]
  rows: number | null
  manifestName: string
}

const formats: Record<string, Delivery['format']> = {
  FocusCost: 'focus',
  ActualCost: 'azure-actual',
  AmortizedCost: 'azure-amortized',
  Usage: 'azure-actual',
}

/**
 * `manifest.json` of an Azure Cost Management export. Source: the documentation of exports, manifest 2024-04-01.
 * @throws SyntaxError, or Error that says what is missing
 */
export function readManifest(text: string, manifestName: string): Delivery {
  const manifest = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, Record<string, unknown> | undefined>
  const config = manifest.exportConfig ?? {}
  const run = manifest.runInfo ?? {}
  const blobs = manifest.blobs as unknown
  const start = /^(\d{4}-\d{2})-\d{2}/.exec(String(run.startDate ?? ''))
  if (!start) throw new Error(`the manifest ${manifestName} names no period`)
  if (!Array.isArray(blobs)) throw new Error(`the manifest ${manifestName} lists no blobs`)
  const type = String(config.type ?? '')
  return {
    exportId: String(config.resourceId ?? config.exportName ?? '').toLowerCase(),
    dataset: [type, String(config.dataVersion ?? '')].filter(Boolean).join(' '),
    format: formats[type] ?? null,
    periodStart: `${start[1]}-01`,
    runId: String(run.runId ?? ''),
    submittedAt: String(run.submittedTime ?? ''),
    blobs: blobs.map((blob: { blobName?: unknown; byteCount?: unknown; dataRowCount?: unknown }) => ({
      name: String(blob.blobName ?? ''),
      bytes: Number(blob.byteCount ?? 0),
      rows: typeof blob.dataRowCount === 'number' ? blob.dataRowCount : null,
    })),
    rows: typeof manifest.dataRowCount === 'number' ? manifest.dataRowCount : null,
    manifestName,
  }
}

/** Of each export, dataset and month the run that was submitted last: it replaces the others. */
export function currentDeliveries(deliveries: readonly Delivery[]): Delivery[] {
  const newest = new Map<string, Delivery>()
  for (const delivery of deliveries) {
    const key = [delivery.exportId, delivery.dataset.split(' ', 1)[0], delivery.periodStart].join('\u0000')
    const known = newest.get(key)
    // Seven digits behind the second, always: text order is time order.
    if (!known || known.submittedAt < delivery.submittedAt) newest.set(key, delivery)
  }
  return [...newest.values()]
}
