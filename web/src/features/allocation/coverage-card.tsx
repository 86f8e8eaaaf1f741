import type { Coverage, MonthState } from '@server/modules/allocation/contract'
import { useLocale } from '../../i18n'
import { Delta } from '../../ui'
import { Sparkline } from '../../ui/chart'
import { date, money, percent, ratio, subtract } from '../../ui/format'
import { useAllocationMessages } from './messages'
import { shownWays, wayColor } from './ways'

const coverageOf = (state: MonthState | undefined, currency: string) =>
  state?.run?.coverage.find((coverage) => coverage.currency === currency)
/** A share of one from the percent that a run carries. */
const shareOf = (coverage: Coverage | undefined) => (coverage?.share == null ? null : ratio(coverage.share, '100', 6))

/** How much of the month has an owner, by which way, and how that moved. */
export function CoverageCard({ months, month, currency }: { months: MonthState[]; month: string; currency: string }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const index = months.findIndex((state) => state.month === month)
  const now = coverageOf(months[index], currency)
  const before = coverageOf(months[index + 1], currency)
  if (!now) return null
  const share = shareOf(now)
  const year = months.slice(index, index + 12).reverse()
  const trend = year.map((state) => shareOf(coverageOf(state, currency)))
  // A line need not begin at zero; what it moves in must be seen.
  const known = [...trend.filter((value): value is string => value !== null).map(Number), 0.95]
  const base = String(Math.max(0, Math.min(...known) - 0.1))
  const above = (value: string | null) => (value === null ? null : subtract(value, base))
  const name = (text: string) => date(`${text}-01`, locale, 'UTC', 'month')
  return (
    <section className="card coverage" aria-label={t.coverage.title}>
      <div className="figure">
        <div className="figure-head">
          <h2>{t.coverage.title}</h2>
        </div>
        <div className="figure-value">{percent(share, locale)}</div>
        {before && (
          <div className="figure-line">
            <Delta current={share} previous={shareOf(before)} goodWhen="up" asPoints />
            <span>
              {t.coverage.versus(
                name(months[index + 1]!.month),
                money(subtract(before.total, before.unallocated), currency, locale),
              )}
            </span>
          </div>
        )}
      </div>
      <div className="coverage-ways">
        <div className="coverage-bar" aria-hidden="true">
          {shownWays.map((way) => (
            <span
              key={way}
              className={way === 'unallocated' ? 'hatched' : undefined}
              style={{
                flexGrow: Math.max(0, Number(ratio(now[way], now.total, 6) ?? 0)),
                background: way === 'unallocated' ? undefined : wayColor[way],
              }}
            />
          ))}
        </div>
        <dl className="coverage-list">
          {shownWays.map((way) => (
            <div key={way}>
              <dt>
                <i
                  className={way === 'unallocated' ? 'hatched' : undefined}
                  style={{ background: way === 'unallocated' ? undefined : wayColor[way] }}
                  aria-hidden="true"
                />
                {t.coverage[way]}
              </dt>
              <dd>
                <strong>{percent(ratio(now[way], now.total, 6), locale)}</strong>
                <span className="num">{money(now[way], currency, locale)}</span>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="coverage-trend">
        <h2>{t.coverage.trend}</h2>
        <div className="coverage-line">
          <Sparkline
            values={trend.map(above)}
            comparable={trend.map(() => above('0.95'))}
            width={220}
            height={44}
            color="var(--accent)"
            label={t.coverage.trendText(percent(trend[0] ?? null, locale), percent(trend.at(-1) ?? null, locale))}
          />
          <small className="quiet">{t.coverage.aim}</small>
        </div>
        <div className="coverage-ends quiet">
          <span>{name(year[0]!.month)}</span>
          <span>{name(year.at(-1)!.month)}</span>
        </div>
      </div>
    </section>
  )
}
