import type { QueryAnswer, QueryRequest } from '@server/modules/explore/contract'
import { createContext, useContext } from 'react'

/** The currency into which every amount of the page is converted; null where amounts stay in theirs. */
export const ConversionContext = createContext<string | null>(null)
export const useConversion = () => useContext(ConversionContext)

/** The same question about all currencies, converted into the one it named. */
export function converted<T extends Pick<QueryRequest, 'currency'>>(request: T, into: string | null): T {
  return into === null || request.currency !== into ? request : { ...request, currency: undefined, convertTo: into }
}

/** Amounts without a rate are in their own currency: they are told beside the answer and never added to the others. */
export function withoutUnconverted(answer: QueryAnswer): QueryAnswer {
  const into = answer.conversion?.into
  const at = answer.columns.findIndex((column) => column.id === 'currency')
  if (into === undefined || at < 0) return answer
  const kept = (row: (string | null)[]) => row[at] === into || row[at] === null
  return { ...answer, rows: answer.rows.filter(kept), totals: answer.totals.filter(kept) }
}
