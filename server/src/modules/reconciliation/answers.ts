import { exact, textOf } from '../allocation'
import { type AccountReconciliation, type DaysAnswer, partIds, type ReconciliationAnswer } from './contract'
import type { Days } from './read-sides'
import { type AccountWork, addFigures, type Figures, figuresOf } from './reconcile'

/** Largest share of the bill that a difference may have where an account counts as matched, and the least accuracy. */
const aim = exact.ratio(99n, 100n)

/** `part / whole` with six digits, rounded down: 99 % is reached when it is reached. */
function shareOf(part: bigint, whole: bigint): string | null {
  if (whole <= 0n) return null
  const units = (part * 1_000_000n) / whole
  return units >= 1_000_000n ? '1' : units <= 0n ? '0' : `0.${units.toString().padStart(6, '0').replace(/0+$/, '')}`
}

function sides(figures: Figures, billed: boolean): Omit<DaysAnswer['days'][number], 'day' | 'state'> {
  const difference = figures.billed - figures.estimate
  return {
    billed: billed ? textOf(figures.billed) : null,
    billedUsage: billed ? textOf(figures.usage) : null,
    invoiced: billed ? textOf(figures.invoiced) : null,
    estimate: textOf(figures.estimate),
    providerUsage: figures.providerUsage === null ? null : textOf(figures.providerUsage),
    difference: billed ? textOf(difference) : null,
    explained: billed ? textOf(figures.explained) : null,
    accuracy: billed ? shareOf(figures.explained, figures.usage) : null,
    calls: figures.calls.toString(),
    parts: billed
      ? partIds.flatMap((id) => {
          const amount = figures.parts.get(id) ?? 0n
          return amount === 0n ? [] : [{ id, amount: textOf(amount) }]
        })
      : [],
  }
}

function statusOf(work: AccountWork, figures: Figures): AccountReconciliation['status'] {
  if (work.otherCurrency) return 'other_currency'
  if (work.billedDays.size === 0) return 'no_bill'
  if (figures.calls === 0n) return 'no_telemetry'
  const difference = figures.billed - figures.estimate
  const close =
    (difference < 0n ? -difference : difference) * 100n <= (figures.billed < 0n ? -figures.billed : figures.billed)
  return close && figures.usage > 0n && figures.explained * aim.d >= figures.usage * aim.n ? 'matched' : 'differs'
}

export function accountAnswer(work: AccountWork): AccountReconciliation {
  const figures = figuresOf(work, null)
  const compared = work.billedDays.size > 0 && !work.otherCurrency
  const days = [...work.billedDays].sort()
  return {
    provider: work.provider,
    account: work.account,
    accountName: work.accountName,
    currency: work.currency,
    status: statusOf(work, figures),
    level: work.level,
    ...sides(figures, compared),
    ...(work.otherCurrency && work.billedDays.size > 0
      ? { billed: textOf(figures.billed), billedUsage: textOf(figures.usage), invoiced: textOf(figures.invoiced) }
      : {}),
    openEstimate: work.openIsPriced ? textOf([...work.openEstimate.values()].reduce((a, b) => a + b, 0n)) : null,
    daysBilled: days.length,
    firstBilledDay: days[0] ?? null,
    lastBilledDay: days.at(-1) ?? null,
    zoneOffsetMinutes: (work.facts?.offset ?? 0) / 60,
  }
}

export function reconciliationAnswer(works: readonly AccountWork[], days: Days): ReconciliationAnswer {
  const compared = works.filter((work) => work.billedDays.size > 0 && !work.otherCurrency)
  const byCurrency = new Map<string, Figures>()
  for (const work of compared) {
    const figures = figuresOf(work, null)
    const before = byCurrency.get(work.currency)
    byCurrency.set(work.currency, before ? addFigures(before, figures) : figures)
  }
  return {
    ...days,
    accounts: works
      .map(accountAnswer)
      .sort((a, b) => Number(b.billedUsage ?? -1) - Number(a.billedUsage ?? -1) || (a.provider < b.provider ? -1 : 1)),
    totals: [...byCurrency].map(([currency, figures]) => {
      const sum = [...figures.parts.values()].reduce((a, b) => a + b, 0n)
      return {
        currency,
        ...sides(figures, true),
        proof: { sumOfParts: textOf(sum), equal: sum === figures.billed - figures.estimate },
      }
    }),
    trend: trendOf(compared),
  }
}

function trendOf(works: readonly AccountWork[]): ReconciliationAnswer['trend'] {
  const points = new Map<
    string,
    { provider: string; currency: string; day: string; usage: bigint; explained: bigint }
  >()
  for (const work of works) {
    for (const day of work.level.day === 'period' ? [] : work.billedDays) {
      const { usage, explained } = figuresOf(work, day)
      const id = [work.provider, work.currency, day].join('\n')
      const point = points.get(id) ?? {
        provider: work.provider,
        currency: work.currency,
        day,
        usage: 0n,
        explained: 0n,
      }
      points.set(id, { ...point, usage: point.usage + usage, explained: point.explained + explained })
    }
  }
  return [...points.values()]
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.provider < b.provider ? -1 : 1))
    .map(({ provider, currency, day, usage, explained }) => ({
      provider,
      currency,
      day,
      billedUsage: textOf(usage),
      explained: textOf(explained),
      accuracy: shareOf(explained, usage),
    }))
}

export function daysAnswer(work: AccountWork | undefined): DaysAnswer {
  if (!work) return { account: null, days: [] }
  const account = accountAnswer(work)
  const billed = [...new Set([...work.usage.keys(), ...work.fees.keys(), ...work.estimate.keys()])]
  const open = [...work.openEstimate].filter(([day]) => !billed.includes(day))
  return {
    account,
    days: [
      ...billed.map((day) => ({ day, state: 'billed' as const, ...sides(figuresOf(work, day), !work.otherCurrency) })),
      ...open.map(([day, estimate]) => ({
        day,
        state: 'open' as const,
        ...sides({ ...figuresOf(work, day), estimate }, false),
      })),
    ].sort((a, b) => (a.day < b.day ? -1 : 1)),
  }
}
