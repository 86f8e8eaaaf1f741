import type { AllocationRow } from '@server/modules/allocation/contract'
import { add, isZero } from '../../ui/format'
import type { Column } from './use-allocation'

export type Way = AllocationRow['way']
/** The ways money is shown in: what a split leaves over belongs to nobody either. */
export const shownWays = ['direct', 'usage', 'shared', 'unallocated'] as const
export type ShownWay = (typeof shownWays)[number]
export const shownWay = (way: Way): ShownWay =>
  way === 'residual' ? 'unallocated' : way === 'adjustment' ? 'direct' : way

export const wayColor: Record<ShownWay, string> = {
  direct: 'var(--bar)',
  usage: 'var(--accent)',
  shared: 'var(--c-other)',
  unallocated: 'var(--warn)',
}

/** Sums of rows by a key, decimal strings. Rows without the amount count nothing: null is not zero. */
export function sumBy<Key extends string>(
  rows: AllocationRow[],
  keyOf: (row: AllocationRow) => Key,
  column: Column,
): Map<Key, string> {
  const sums = new Map<Key, string>()
  for (const row of rows) {
    const amount = row[column]
    if (amount !== null) sums.set(keyOf(row), add(sums.get(keyOf(row)) ?? '0', amount))
  }
  return new Map([...sums].filter(([, amount]) => !isZero(amount)))
}
