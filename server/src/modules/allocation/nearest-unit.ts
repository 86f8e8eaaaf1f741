import type { UnitTree } from './unit-tree'

/** The unit that a text most probably means: by its letters and digits alone, or by at most a third of them wrong. Null for none, or for two. */
export function nearestUnit(text: string, tree: UnitTree): { unit: string; reason: 'exact' | 'spelling' } | null {
  const wanted = bare(text)
  if (wanted.length < 2) return null
  let best: { unit: string; distance: number } | null = null
  let rival = false
  for (const [spelling, unit] of tree.names) {
    const candidate = bare(spelling)
    if (candidate.length < 2) continue
    if (candidate === wanted) return { unit, reason: 'exact' }
    const limit = Math.floor(Math.max(candidate.length, wanted.length) / 3)
    if (Math.abs(candidate.length - wanted.length) > limit) continue
    const distance = editDistance(wanted, candidate)
    if (distance > limit) continue
    if (best === null || distance < best.distance) {
      best = { unit, distance }
      rival = false
    } else if (distance === best.distance && unit !== best.unit) rival = true
  }
  return best === null || rival ? null : { unit: best.unit, reason: 'spelling' }
}

const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** Letters to add, drop, change or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, rows[i - 2]![j - 2]! + 1)
      row[j] = cost
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
