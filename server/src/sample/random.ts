/** A seeded source of numbers: the same label gives the same sequence on every machine. */
export type Random = {
  /** an integer in [0, 2^32) */
  word(): number
  /** an integer in [from, to], both included */
  between(from: number, to: number): number
  /** true in `permille` of a thousand draws */
  chance(permille: number): boolean
  /** one of the values, each as likely */
  pick<T>(values: readonly T[]): T
}

/** xmur3 turns the label into a state, sfc32 goes on from there: integer arithmetic only. */
export function randomOf(label: string): Random {
  let h = 1779033703 ^ label.length
  for (let i = 0; i < label.length; i++) {
    h = Math.imul(h ^ label.charCodeAt(i), 3432918353)
    h = (h << 13) | (h >>> 19)
  }
  const next = () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507)
    h = Math.imul(h ^ (h >>> 13), 3266489909)
    h ^= h >>> 16
    return h >>> 0
  }
  let a = next()
  let b = next()
  let c = next()
  let d = next()
  const word = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) word()
  const between = (from: number, to: number) => from + Math.floor((word() / 4294967296) * (to - from + 1))
  return {
    word,
    between,
    chance: (permille) => between(0, 999) < permille,
    pick: (values) => {
      const value = values[between(0, values.length - 1)]
      if (value === undefined) throw new RangeError('nothing to pick from')
      return value
    },
  }
}

/** A draw from a distribution given by its quantiles at the given permilles, straight lines between them. */
export function drawQuantile(random: Random, permilles: readonly number[], values: readonly number[]): number {
  const p = random.between(0, 999)
  let i = 1
  while (i < permilles.length - 1 && (permilles[i] ?? 1000) <= p) i++
  const p0 = permilles[i - 1] ?? 0
  const p1 = permilles[i] ?? 1000
  const v0 = values[i - 1] ?? 0
  const v1 = values[i] ?? v0
  return Math.round(v0 + ((v1 - v0) * (p - p0)) / (p1 - p0))
}
