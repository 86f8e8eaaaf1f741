import type { Filter } from '@server/modules/explore/contract'
import { useQueryAnswer } from '../api'
import { useQuestion } from './question'

/** Whether there has ever been a charge or a call under `filters`: decides between "nothing yet" and "nothing in this period". */
export function useHasAnything(ask: boolean, filters: Filter[] = []) {
  const { timeZone, today } = useQuestion()
  const year = Number(today.slice(0, 4))
  const answer = useQueryAnswer(
    ask
      ? {
          metrics: ['effective_cost', 'calls'],
          granularity: 'year',
          period: { from: `${year - 9}-01-01`, to: `${year + 1}-01-01` },
          filters,
          timeZone,
        }
      : null,
    { pace: 'settled' },
  )
  return { pending: ask && answer.isPending, anything: (answer.data?.rows.length ?? 0) > 0 }
}
