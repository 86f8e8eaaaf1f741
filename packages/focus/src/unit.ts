import { isIsoCurrency } from './currency'

/** FOCUS UnitFormat: plural simple units, hyphenated compounds, slashed ratios and counted blocks. */

const dataUnits = new Set(
  ['b', 'B'].flatMap((bit) =>
    ['', 'K', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((prefix) => `${prefix}${bit}`),
  ),
)
const timeUnits = new Set(['Year', 'Month', 'Day', 'Hour', 'Minute', 'Second', 'Millisecond', 'Microsecond'])
const countUnits = new Set(['Count', 'Unit', 'Request', 'Token', 'Connection', 'Certificate', 'Domain', 'Core'])
const noun = /^[A-Z][A-Za-z0-9]*$/

/** Null when the unit follows UnitFormat; otherwise what is wrong with it, as a sentence. */
export function unitProblem(unit: string): string | null {
  const [numerator = '', denominator, ...rest] = unit.split('/')
  if (rest.length > 0) return 'more than one slash'
  const block = /^(\d+) (.+)$/.exec(numerator)
  const above = amountProblem(block ? (block[2] ?? '') : numerator, 'plural')
  if (above) return above
  if (denominator === undefined) return null
  const counted = /^(\d+) (.+)$/.exec(denominator)
  return counted ? amountProblem(counted[2] ?? '', 'plural') : amountProblem(denominator, 'singular')
}

function amountProblem(text: string, form: 'singular' | 'plural'): string | null {
  const parts = text.split('-')
  for (const [index, part] of parts.entries()) {
    const problem = nounProblem(part, index < parts.length - 1 ? 'singular' : form)
    if (problem) return problem
  }
  return null
}

function nounProblem(text: string, form: 'singular' | 'plural'): string | null {
  if (text === '') return 'a part of the unit is missing'
  // An amount of money is counted in its currency: a spend commitment in USD.
  if (dataUnits.has(text) || isIsoCurrency(text)) return null
  const words = text.split(' ')
  const measures = words.filter(
    (word) => dataUnits.has(word) || timeUnits.has(word) || timeUnits.has(word.replace(/s$/, '')),
  )
  if (words.length > 1 && measures.length > 0) return `"${text}" joins units with a blank where a hyphen belongs`
  const odd = words.find((word) => !noun.test(word))
  if (odd !== undefined) return `"${odd}" is not a capitalised noun`
  const last = words.at(-1) ?? ''
  const isKnownSingular = timeUnits.has(last) || countUnits.has(last)
  const isKnownPlural = last.endsWith('s') && (timeUnits.has(last.slice(0, -1)) || countUnits.has(last.slice(0, -1)))
  if (form === 'plural' && (isKnownSingular || !last.endsWith('s'))) return `"${text}" should be plural`
  if (form === 'singular' && isKnownPlural) return `"${text}" should be singular`
  return null
}
