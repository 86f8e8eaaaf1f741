/** Up to three of `names` that a slip of the pen or a part of the word could have meant, nearest first. */
export function nearestNames(wrong: string, names: readonly string[]): string[] {
  const target = wrong.toLowerCase().slice(0, 100)
  return names
    .map((name) => {
      const candidate = name.toLowerCase()
      const inside = target.length > 2 && (candidate.includes(target) || target.includes(candidate)) ? 0.5 : 1
      return { name, distance: editDistance(target, candidate) * inside }
    })
    .filter(({ name, distance }) => distance <= Math.max(2, name.length / 2))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name)
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    previous = row
  }
  return previous[b.length]!
}
