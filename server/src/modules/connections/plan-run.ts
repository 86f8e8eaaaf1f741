import { dayOf, type Manifest, monthOf, type ReadKind } from '@infrazen/connector-kit'

/** One kind of rows in one month: what a run reads, stages and commits as a whole. Moments are RFC 3339. */
export type Slice = { kind: ReadKind; from: string; to: string }

const dayMs = 86_400_000

/** What the ledger and the usage store can hold today; other kinds a connector may read wait for their modules. */
const kinds: readonly ReadKind[] = ['charges', 'usage', 'files']

/**
 * The slices of a run, newest month first, so that the present is there before the past. Charges are asked for whole billing
 * months, because a batch replaces a month as a whole; usage for days. Without `asked` a run reads on from `readThrough`, and
 * in any case again what the provider may still restate.
 */
export function planRun(
  manifest: Manifest,
  asked: { from?: string; to?: string },
  readThrough: Record<string, string>,
  now: Date,
): Slice[] {
  const slices: Slice[] = []
  for (const read of manifest.reads) {
    if (!kinds.includes(read.kind)) continue
    const tomorrow = new Date(dayOf(now).getTime() + dayMs)
    const end = asked.to ? new Date(Math.min(tomorrow.getTime(), new Date(asked.to).getTime())) : tomorrow
    const oldest = read.historyDays === null ? 0 : dayOf(now).getTime() - (read.historyDays - 1) * dayMs
    const again = dayOf(now).getTime() - read.restatementDays * dayMs
    const known = readThrough[read.kind]
    const wanted = asked.from ? new Date(asked.from).getTime() : Math.min(again, known ? Date.parse(known) : again)
    let from = dayOf(new Date(Math.max(oldest, wanted)))
    if (read.kind === 'files') {
      // Listing is cheap and says itself what changed: one reading for the whole range.
      slices.push({ kind: read.kind, from: monthOf(from).start.toISOString(), to: end.toISOString() })
      continue
    }
    if (read.kind === 'charges') {
      const month = monthOf(from)
      // The provider no longer tells the beginning of its oldest month, and half a month must not replace a whole one.
      from = month.start.getTime() < oldest ? month.end : month.start
    }
    for (let month = monthOf(new Date(end.getTime() - 1)); month.end > from; ) {
      const start = new Date(Math.max(month.start.getTime(), from.getTime()))
      // A billing month is asked for whole even where the range ends within it: half of it would replace all of it.
      const stop =
        read.kind === 'charges'
          ? new Date(Math.min(month.end.getTime(), tomorrow.getTime()))
          : new Date(Math.min(month.end.getTime(), end.getTime()))
      if (start < stop) slices.push({ kind: read.kind, from: start.toISOString(), to: stop.toISOString() })
      month = monthOf(new Date(month.start.getTime() - 1))
    }
  }
  return slices.sort((a, b) => b.from.slice(0, 7).localeCompare(a.from.slice(0, 7)) || a.kind.localeCompare(b.kind))
}
