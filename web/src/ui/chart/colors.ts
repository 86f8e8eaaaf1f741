import { otherColor, otherId } from './series'

const free = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'] as const
type Color = (typeof free)[number]

/** Providers and the largest model of each: fixed, so that a colour means the same on every page and in every organization. */
const fixed: [pattern: RegExp, color: Color][] = [
  [/^(aws|amazon)/i, 'c1'],
  [/^(azure|microsoft)/i, 'c2'],
  [/^(google|gcp|vertex)/i, 'c3'],
  [/^(yandex|яндекс)/i, 'c4'],
  [/^openai/i, 'c5'],
  [/^anthropic/i, 'c6'],
  [/^claude-(sonnet|\d[\d.-]*-sonnet)/i, 'c6'],
  [/^gpt-5(\.\d)?(-\d{4}.*)?$/i, 'c5'],
  [/^gpt-4\.1(-\d{4}.*)?$/i, 'c2'],
  [/^gemini-[\d.]+-pro/i, 'c3'],
  [/^claude-(haiku|\d[\d.-]*-haiku)/i, 'c1'],
  [/^yandexgpt/i, 'c4'],
  [/^(claude|anthropic claude)/i, 'c6'],
]

/** What entities got on earlier pictures of this visit: one colour for one entity wherever it is possible without a clash. */
const remembered = new Map<string, Color>()

/**
 * Colours for the entities of one picture, the most important first. No two of the first eight share one; what comes after
 * is the grey of "other". Gives CSS colours that follow the theme.
 */
export function colorsFor(ids: string[]): Map<string, string> {
  const taken = new Set<Color>()
  const chosen = new Map<string, Color>()
  const claim = (id: string, color: Color | undefined) => {
    if (color === undefined || taken.has(color) || chosen.has(id)) return
    taken.add(color)
    chosen.set(id, color)
  }
  for (const id of ids) claim(id, fixed.find(([pattern]) => pattern.test(id))?.[1])
  for (const id of ids) claim(id, remembered.get(id))
  for (const id of ids) {
    if (id === otherId || chosen.has(id)) continue
    const start = hash(id) % free.length
    claim(
      id,
      [...free.slice(start), ...free.slice(0, start)].find((color) => !taken.has(color)),
    )
  }
  for (const [id, color] of chosen) if (!remembered.has(id)) remembered.set(id, color)
  return new Map(ids.map((id) => [id, chosen.has(id) ? `var(--${chosen.get(id)})` : otherColor]))
}

function hash(text: string): number {
  let value = 2166136261
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619)
  return value >>> 0
}
