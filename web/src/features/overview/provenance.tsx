import { Link } from '@tanstack/react-router'
import { useLensRegistry } from '../../app/lens'
import { addDays } from '../../app/period'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill, formulaText, useLocale, useMessages } from '../../i18n'
import { Badge, CopyButton, Drawer } from '../../ui'
import { date, dateTime, isZero, money, relativeTime, tokens } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useBreakdown } from './use-overview'

/** Where the main number comes from: basis, freshness, completeness, formula, and what is not in it. */
export function Provenance({ trend, onClose }: { trend: ReturnType<typeof useBreakdown>; onClose: () => void }) {
  const t = useOverviewMessages().provenance
  const common = useMessages()
  const locale = useLocale()
  const { currency, costMetric, costBasis, timeZone, period } = useQuestion()
  const registry = useLensRegistry()
  const range = usePeriodText(period)
  const answer = trend.answer
  if (!answer) return null
  const metric = registry.data?.metrics.find((one) => one.id === costMetric)
  const basisName = (basis: string) => t.bases[basis as keyof typeof t.bases] ?? basis
  const through = answer.completeness.billedThrough
  return (
    <Drawer title={t.title} onClose={onClose}>
      <div className="figure-value">{money(trend.total, currency, locale)}</div>
      <p className="muted">
        {metric?.name[locale] ?? common.cost[costBasis]}, {range}
      </p>
      <dl className="provenance">
        <dt>{t.basis}</dt>
        <dd>
          {answer.basis
            .filter((line) => line.currency === currency)
            .map((line) => (
              <div key={`${line.basis}:${line.counted}`} className="provenance-line">
                <Badge tone={line.basis === 'billed' ? 'good' : line.counted ? 'accent' : 'neutral'}>
                  {basisName(line.basis)}
                </Badge>
                <span className="quiet">{line.counted ? t.counts : t.beside}</span>
                <strong className="num">
                  {money(costBasis === 'billed' ? line.billedCost : line.effectiveCost, currency, locale)}
                </strong>
              </div>
            ))}
        </dd>
        <dt>{t.freshness}</dt>
        <dd>
          {answer.freshness.map((source) => (
            <div key={`${source.source}:${source.basis}`} className="provenance-line">
              <span className="provenance-source">{source.source}</span>
              <Badge tone={source.basis === 'billed' ? 'good' : 'accent'}>{basisName(source.basis)}</Badge>
              <span className="quiet">
                {source.lastChargeAt !== null &&
                  fill(t.lastCharge, { date: date(source.lastChargeAt, locale, timeZone, 'short') })}
                {source.lastRecordedAt !== null &&
                  `, ${fill(t.recorded, { ago: relativeTime(source.lastRecordedAt, locale) })}`}
              </span>
            </div>
          ))}
        </dd>
        <dt>{t.completeness}</dt>
        <dd>
          {through === null ? t.noBill : fill(t.through, { date: date(through, locale, timeZone) })}
          <br />
          <span className="quiet">{answer.completeness.periodIsOpen ? t.open : t.closed}</span>
        </dd>
        {metric && (
          <>
            <dt>{t.formula}</dt>
            <dd>
              <code>{formulaText(metric, locale)}</code>
              <p className="quiet">{metric.explanation[locale]}</p>
            </dd>
          </>
        )}
        {!isZero(answer.unpriced.tokens) && (
          <>
            <dt>{t.notIn}</dt>
            <dd>
              {fill(t.unpriced, {
                calls: tokens(answer.unpriced.calls, locale),
                tokens: tokens(answer.unpriced.tokens, locale),
              })}
              <div className="provenance-models">
                {answer.unpriced.models.map((model) => (
                  <Badge key={model} tone="warn">
                    {model}
                  </Badge>
                ))}
              </div>
            </dd>
          </>
        )}
        <dt>{t.sum}</dt>
        <dd>
          <span className="quiet">{t.rounding}</span>
          <div className="provenance-exact">
            <code>{money(trend.total, currency, locale, { form: 'exact' })}</code>
            {trend.total !== null && <CopyButton text={trend.total} />}
          </div>
        </dd>
        <dt>{t.asOf}</dt>
        <dd>{dateTime(answer.asOf, locale, timeZone, { year: true, seconds: true })}</dd>
      </dl>
      <Link
        to="/explore"
        search={
          {
            by: ['provider', 'service'],
            period: period.id === 'custom' ? `${period.from}..${addDays(period.to, -1)}` : undefined,
          } as never
        }
        className="btn primary provenance-go"
      >
        {t.lines}
      </Link>
    </Drawer>
  )
}
