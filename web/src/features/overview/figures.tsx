import { CircleAlert, CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { addDays, type Comparison, earlier, type Period } from '../../app/period'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill, useMessages } from '../../i18n'
import { Amount, Delta, KeyFigure, Skeleton } from '../../ui'
import { Sparkline } from '../../ui/chart'
import {
  add,
  date,
  dateRange,
  isZero,
  localParts,
  money,
  nbsp,
  subtract,
  sum,
  time,
  tokens,
  toNumber,
} from '../../ui/format'
import { useOverviewMessages } from './messages'
import { type useAiUsage, type useBreakdown, useNamedPeriod, useSpend } from './use-overview'

/** Today, the week and the month, each against the comparable part of the period before; and how much of it is on a bill. */
export function Figures({ trend, ai }: { trend: ReturnType<typeof useBreakdown>; ai: ReturnType<typeof useAiUsage> }) {
  const t = useOverviewMessages()
  const common = useMessages()
  const { period, comparison, locale, now, timeZone } = useQuestion()
  const today = useNamedPeriod('today')
  const week = useNamedPeriod('week')
  const month = useNamedPeriod('month')
  const own = period.id === 'today' || period.id === 'week' ? month : { period, comparison }
  const day = (moment: string) => `${weekday(moment, locale)}${nbsp}${localParts(moment, timeZone).day}`
  const weekLast = addDays(week.period.to, -1)
  const todayDate = today.period.from
  return (
    <section className="card figures" aria-label={t.month}>
      <Spend label={t.today} note={fill(t.until, { time: time(now, timeZone) })} {...today} />
      <Spend
        label={t.week}
        note={
          todayDate === week.period.from
            ? day(todayDate)
            : `${day(week.period.from)} – ${day(earlier(todayDate, weekLast))}`
        }
        {...week}
      />
      <Spend
        label={
          own.period.id === 'month'
            ? t.month
            : own.period.id === 'custom'
              ? t.chosenPeriod
              : common.period[own.period.id]
        }
        note={<PeriodNote period={own.period} />}
        main
        {...own}
      />
      <BillAndEstimate trend={trend} ai={ai} />
    </section>
  )
}

function PeriodNote({ period }: { period: Period }) {
  return (
    <>
      {usePeriodText(period)
        .replace(/[\u00a0 ]\d{4}$/, '')
        .replace(/^\d{4}\.\u00a0/, '')}
    </>
  )
}

function Spend({
  label,
  note,
  period,
  comparison,
  main = false,
}: {
  label: string
  note: ReactNode
  period: Period
  comparison: Comparison
  main?: boolean
}) {
  const t = useOverviewMessages()
  const { currency, locale, timeZone } = useQuestion()
  const spend = useSpend(period, comparison)
  const range =
    period.id === 'today'
      ? `${weekday(comparison.lastDay, locale)}${nbsp}${date(comparison.lastDay, locale, timeZone, 'short')}`
      : dateRange(comparison.from, comparison.lastDay, locale, timeZone)
          .replace(/\u00a0\d{4}$/, '')
          .replace(/^\d{4}\.\u00a0/, '')
  const versus =
    comparison.cut === null
      ? fill(t.versus, { range })
      : fill(t.versusUntil, { range, time: time(comparison.cut, timeZone) })
  const change = spend.total !== null && spend.before !== null ? subtract(spend.total, spend.before) : null
  return (
    <div className={main ? 'figure-main' : undefined}>
      <KeyFigure
        label={label}
        note={note}
        value={
          spend.pending ? (
            <Skeleton width={140} height={28} style={{ marginTop: 4 }} />
          ) : (
            <Amount value={spend.total} currency={currency} live />
          )
        }
        line={
          spend.pending ? (
            <Skeleton width="80%" />
          ) : spend.billLags ? (
            <span>{t.billLags}</span>
          ) : change === null ? (
            <span>{t.nothingBefore}</span>
          ) : (
            <>
              <Delta current={spend.total} previous={spend.before} goodWhen="down" />
              <span className="num">{money(change, currency, locale, { form: 'short', sign: true })}</span>
              <span>{versus}</span>
            </>
          )
        }
      >
        {spend.pending ? <div className="course" /> : <Course values={spend.values} before={spend.beforeValues} />}
      </KeyFigure>
    </div>
  )
}

/** The amount as it has grown so far (line) and as it grew before (dashed, to the end of that period). */
function Course({ values, before }: { values: (string | null)[]; before: (string | null)[] }) {
  const grown = running(values)
  const grownBefore = running(before)
  if (grown.length === 0) return <div className="course" />
  return (
    <div className="course">
      <Sparkline
        values={grown}
        comparable={grownBefore.some((value) => value !== '0') ? grownBefore : undefined}
        width={268}
        height={34}
        color="var(--accent)"
        area
      />
    </div>
  )
}

function running(values: (string | null)[]): string[] {
  let total = '0'
  return values.map((value) => {
    if (value !== null) total = add(total, value)
    return total
  })
}

function BillAndEstimate({ trend, ai }: { trend: ReturnType<typeof useBreakdown>; ai: ReturnType<typeof useAiUsage> }) {
  const t = useOverviewMessages()
  const { currency, locale, period } = useQuestion()
  const billed = sum(trend.groups.flatMap((group) => group.values))
  const estimated = sum(trend.groups.flatMap((group) => group.estimates))
  const whole = Math.max(toNumber(billed), 0) + Math.max(toNumber(estimated), 0)
  const share = whole > 0 ? (Math.max(toNumber(billed), 0) / whole) * 100 : 0
  const models = ai.answer?.unpriced.models.length ?? 0
  const unpriced = ai.of('unpriced_tokens')
  return (
    <div className="figure bill-figure">
      <div className="figure-head">
        <h2>{t.billAndEstimate}</h2>
        <span className="figure-note">
          <PeriodNote period={period} />
        </span>
      </div>
      <div className="bill-bar" aria-hidden="true">
        {share > 0 && <span className="bill-solid" style={{ width: `${share}%` }} />}
        {share < 100 && whole > 0 && <span className="bill-hatch" style={{ flex: 1 }} />}
      </div>
      <dl className="bill-list">
        <div>
          <dt>
            <span className="swatch swatch-solid" aria-hidden="true" />
            {t.billed}
          </dt>
          <dd className="num">{money(billed, currency, locale)}</dd>
        </div>
        <div>
          <dt>
            <span className="swatch swatch-stripes" aria-hidden="true" />
            {t.estimated}
          </dt>
          <dd className="num">{money(estimated, currency, locale)}</dd>
        </div>
      </dl>
      {unpriced !== null && !isZero(unpriced) ? (
        <p className="bill-note warn">
          <CircleAlert size={13} strokeWidth={1.75} aria-hidden="true" />
          {t.unpricedLine(tokens(unpriced, locale), t.models(models, String(models)))}
        </p>
      ) : (
        <p className="bill-note">
          <CircleCheck size={13} strokeWidth={1.75} aria-hidden="true" />
          {t.everyCallPriced}
        </p>
      )}
    </div>
  )
}

const weekdayNames = {
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  ko: ['일', '월', '화', '수', '목', '금', '토'],
  ru: ['вс', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб'],
}

function weekday(day: string, locale: 'en' | 'ko' | 'ru'): string {
  return weekdayNames[locale][new Date(`${day}T00:00:00Z`).getUTCDay()]!
}
