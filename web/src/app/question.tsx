import type { Filter } from '@server/modules/explore/contract'
import type { Organization } from '@server/modules/organizations/contract'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { ConversionContext, useQueryAnswer } from '../api'
import { type LocaleId, useLocale } from '../i18n/locale'
import { type Comparison, comparablePart, defaultPeriod, localDate, type Period, resolvePeriod } from './period'
import type { CostBasis, Lens, SharedSearch } from './search'

export type CostMetric = 'effective_cost' | 'billed_cost' | 'list_cost'

/** What the top bar asks for, read from the address; every page answers within it. */
export type Question = {
  period: Period
  comparison: Comparison
  currency: string
  /** every currency with charges in the period; they are never added */
  currencies: readonly string[]
  /** every amount is shown in `currency`, by the rate of its day */
  converted: boolean
  costBasis: CostBasis
  costMetric: CostMetric
  lens: Lens
  /** the teams that every page is narrowed to; '' is what bears none; empty where nothing is left out */
  units: readonly string[]
  /** the same as conditions for a question */
  filters: Filter[]
  timeZone: string
  locale: LocaleId
  organization: Organization
  /** rounded down to the minute, so that what depends on it does not change with every render */
  now: Date
  today: string
  change: (patch: SharedSearch) => void
}

const QuestionContext = createContext<Question | null>(null)

export function useQuestion(): Question {
  const question = useContext(QuestionContext)
  if (question === null) throw new Error('useQuestion stands outside the shell')
  return question
}

export function QuestionProvider({ organization, children }: { organization: Organization; children: ReactNode }) {
  const search: SharedSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const locale = useLocale()
  const now = useMinute()
  const timeZone = organization.timeZone

  const periodText = search.period ?? defaultPeriod
  const today = localDate(now, timeZone)
  const period = useMemo(
    () => resolvePeriod(periodText, now, timeZone) ?? resolvePeriod(defaultPeriod, now, timeZone)!,
    [periodText, now, timeZone],
  )
  const comparison = useMemo(() => comparablePart(period, now, timeZone), [period, now, timeZone])
  const costBasis = search.cost ?? 'effective'
  const costMetric = `${costBasis}_cost` as CostMetric

  const known = useQueryAnswer(
    { metrics: [costMetric], period: { from: period.from, to: period.to }, timeZone },
    { pace: 'calm' },
  )
  const currencies = useMemo(
    () =>
      [...(known.data?.currencies ?? [])]
        .filter((code) => code !== '')
        .sort((a, b) => rank(a, organization.currency) - rank(b, organization.currency) || a.localeCompare(b)),
    [known.data?.currencies, organization.currency],
  )
  const currency =
    search.currency ??
    (currencies.length > 0 && !currencies.includes(organization.currency) ? currencies[0]! : organization.currency)

  const units = useMemo(() => search.unit ?? [], [search.unit])
  const filters = useMemo<Filter[]>(
    () => (units.length === 0 ? [] : [{ dimension: 'team', in: units.map((team) => (team === '' ? null : team)) }]),
    [units],
  )

  const converted = search.converted === true && organization.rateSource !== null

  const change = useCallback(
    (patch: SharedSearch) => {
      // An absent key would be retained from the address; undefined takes it out.
      void navigate({ to: '.', search: ((before: SharedSearch) => ({ ...before, ...patch })) as never, replace: false })
    },
    [navigate],
  )

  const question = useMemo<Question>(
    () => ({
      period,
      comparison,
      currency,
      currencies,
      converted,
      costBasis,
      costMetric,
      lens: search.lens ?? 'finops',
      units,
      filters,
      timeZone,
      locale,
      organization,
      now,
      today,
      change,
    }),
    [
      period,
      comparison,
      currency,
      currencies,
      converted,
      costBasis,
      costMetric,
      search.lens,
      units,
      filters,
      timeZone,
      locale,
      organization,
      now,
      today,
      change,
    ],
  )
  return (
    <QuestionContext.Provider value={question}>
      <ConversionContext.Provider value={converted ? currency : null}>{children}</ConversionContext.Provider>
    </QuestionContext.Provider>
  )
}

function rank(code: string, own: string): number {
  return code === own ? 0 : 1
}

function useMinute(): Date {
  const [minute, setMinute] = useState(() => Math.floor(Date.now() / 60_000))
  useEffect(() => {
    const timer = setInterval(() => setMinute(Math.floor(Date.now() / 60_000)), 5000)
    return () => clearInterval(timer)
  }, [])
  return useMemo(() => new Date(minute * 60_000), [minute])
}
