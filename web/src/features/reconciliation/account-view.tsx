import type { ReconciliationAnswer } from '@server/modules/reconciliation/contract'
import { Layers } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useLocale } from '../../i18n'
import { Button, Card, ErrorPanel, SkeletonRows } from '../../ui'
import { colorsFor, Lines, type Series } from '../../ui/chart'
import { date, isZero, money, percent } from '../../ui/format'
import { MatchesDrawer } from './matches-drawer'
import { useReconciliationMessages } from './messages'
import { SplitCard } from './split-card'
import { type Account, type Days, useDays } from './use-reconciliation'
import { Waterfall } from './waterfall'

/** One account: its three figures day by day, what separates them, whose the money is, and the accuracy over time. */
export function AccountView({
  days,
  account,
  day,
  onDay,
  trend,
}: {
  days: Days
  account: Account
  /** a day, `period` for all of it, null for none */
  day: string | null
  onDay: (day: string | null) => void
  trend: ReconciliationAnswer['trend']
}) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const { currency, provider } = account
  const asked = useDays(days, account)
  const rows = asked.data?.days
  const format = useCallback(
    (value: string | null, form: 'full' | 'axis') => money(value, currency, locale, { form }),
    [currency, locale],
  )
  const shares = useCallback((value: string | null) => percent(value, locale, { digits: 2 }), [locale])
  const color = colorsFor([provider]).get(provider) ?? 'var(--c-other)'
  const series = useMemo<Series[]>(() => {
    if (!rows) return []
    const line = (id: string, name: string, lineColor: string, values: (string | null)[]) =>
      values.every((value) => value === null) ? [] : [{ id, name, color: lineColor, values }]
    return [
      ...line(
        'bill',
        t.days.bill,
        'var(--c2)',
        rows.map((row) => row.billed),
      ),
      ...line(
        'provider',
        t.days.provider,
        'var(--c4)',
        rows.map((row) => (row.state === 'open' ? null : row.providerUsage)),
      ),
      ...line(
        'telemetry',
        t.days.telemetry,
        'var(--c1)',
        rows.map((row) => row.estimate),
      ),
    ]
  }, [rows, t])
  const points = useMemo(
    () => trend.filter((point) => point.provider === provider && point.currency === currency),
    [trend, provider, currency],
  )
  const accuracy = useMemo<Series[]>(
    () => [
      { id: 'accuracy', name: provider, color, values: points.map((point) => point.accuracy) },
      { id: 'aim', name: t.trend.aim, color: 'var(--good)', values: points.map(() => '0.99') },
    ],
    [points, provider, color, t],
  )
  const { level } = account
  const facts = [
    t.level[level.account],
    t.level[level.day],
    level.key ? t.level.key : t.level.noKey,
    t.level.quantities[level.quantity],
    account.providerUsage === null ? t.level.noUsage : t.level.usage,
    ...(level.currency === 'pricing' ? [t.level.pricing(currency)] : []),
    ...(account.zoneOffsetMinutes === 0 ? [] : [t.level.zone(clock(account.zoneOffsetMinutes))]),
  ]
  return (
    <>
      <Card className="account-head">
        <div className="account-about">
          <div>
            <h2>
              {provider}
              {account.accountName || account.account ? ` · ${account.accountName || account.account}` : ''}
            </h2>
            <p className="quiet">{t.statusText[account.status]}</p>
          </div>
          <Button
            icon={<Layers size={14} strokeWidth={1.75} aria-hidden="true" />}
            onClick={() => onDay('period')}
            disabled={account.status === 'no_bill'}
          >
            {t.matches.open}
          </Button>
        </div>
        {account.billed !== null && (
          <ul className="match-level" aria-label={t.level.title}>
            {facts.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        )}
      </Card>
      {asked.isError && <ErrorPanel error={asked.error} onRetry={() => void asked.refetch()} />}
      {!rows && !asked.isError && (
        <Card flush>
          <SkeletonRows rows={7} height={40} />
        </Card>
      )}
      {rows && rows.length > 0 && (
        <div className="recon-main">
          <Card>
            <Lines
              title={t.days.title}
              note={t.days.note}
              buckets={rows.map((row) => row.day)}
              grain="day"
              timeZone="UTC"
              series={series}
              format={format}
              totals={false}
              height={280}
              onPick={(bucket) => onDay(rows[bucket]?.day ?? null)}
            />
            <p className="quiet recon-hint">
              {t.days.pick}{' '}
              {account.openEstimate === null || isZero(account.openEstimate)
                ? ''
                : t.days.open(money(account.openEstimate, currency, locale))}
            </p>
          </Card>
          {account.difference !== null && (
            <Waterfall
              start={account.estimate ?? '0'}
              end={account.billed ?? '0'}
              parts={account.parts}
              currency={currency}
            />
          )}
        </div>
      )}
      {account.difference !== null && (
        <div className="recon-main">
          <SplitCard days={days} account={account} />
          {points.length > 0 && (
            <Card>
              <Lines
                title={t.trend.title}
                note={t.trend.note}
                buckets={points.map((point) => point.day)}
                grain="day"
                timeZone="UTC"
                series={accuracy}
                format={shares}
                totals={false}
                fromZero={false}
                height={240}
              />
            </Card>
          )}
        </div>
      )}
      {day !== null && (
        <MatchesDrawer
          days={days}
          account={account}
          day={day === 'period' ? undefined : day}
          title={day === 'period' ? t.matches.whole : date(day, locale, 'UTC', 'weekday')}
          onClose={() => onDay(null)}
        />
      )}
    </>
  )
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
