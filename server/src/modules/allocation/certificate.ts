import { addVectors, emptyVector, fromAmounts, toAmounts, type Vector } from './amounts'
import { hashOf } from './canonical'
import { type Certificate, costColumns } from './contract'

/** A certificate over what it says: any other content has another hash. */
export function seal(content: Omit<Certificate, 'hash'>): Certificate {
  return { ...content, hash: hashOf(content) }
}

/**
 * Checks certificates against themselves and one another, without a server: hashes, that each follows the one before, and that what
 * the units owe adds up to the sources in every currency and cost column.
 * @returns what is wrong, empty when all is well
 */
export function verifyCertificates(certificates: Certificate[]): { month: string; problem: string }[] {
  const problems: { month: string; problem: string }[] = []
  const sorted = [...certificates].sort((a, b) => (a.month < b.month ? -1 : 1))
  for (const [i, certificate] of sorted.entries()) {
    const say = (problem: string) => problems.push({ month: certificate.month, problem })
    const { hash, ...content } = certificate
    if (hashOf(content) !== hash) say('the content does not have the hash that it names: it was changed after closing')
    if (hashOf(certificate.rules.document) !== certificate.rules.hash) say('the rules do not have their hash')
    if (hashOf(certificate.units.list) !== certificate.units.hash) say('the units do not have their hash')
    const before = sorted[i - 1]
    if (before && certificate.previous !== before.hash) say(`it does not follow the certificate of ${before.month}`)
    const owed = new Map<string, Vector>()
    for (const sum of certificate.sums)
      if (sum.way !== 'adjustment')
        owed.set(sum.currency, addVectors(owed.get(sum.currency) ?? emptyVector, fromAmounts(sum)))
    for (const currency of new Set([...owed.keys(), ...certificate.source.map((sum) => sum.currency)])) {
      const source = certificate.source.find((sum) => sum.currency === currency)
      const have = toAmounts(owed.get(currency) ?? emptyVector)
      for (const column of costColumns)
        if (have[column] !== (source?.[column] ?? null))
          say(
            `${column} in ${currency || 'no currency'}: the units owe ${have[column] ?? 'nothing known'}, the sources say ${source?.[column] ?? 'nothing known'}`,
          )
    }
  }
  return problems
}
