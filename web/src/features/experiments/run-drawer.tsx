import type { Run } from '@server/modules/experiments/contract'
import { Link } from '@tanstack/react-router'
import { ChartNoAxesCombined } from 'lucide-react'
import { useDearestCalls, useQueryAnswer } from '../../api'
import { groupsOf } from '../../app/answer'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Amount, Badge, Button, Drawer, ErrorPanel, SkeletonRows } from '../../ui'
import { colorsFor, ShareBar, Sparkline, Swatch } from '../../ui/chart'
import {
  add,
  compare,
  count,
  dateTime,
  duration,
  isZero,
  money,
  percent,
  ratio,
  sum,
  tokens,
  toNumber,
  unitPrice,
  unknown,
} from '../../ui/format'
import { useExperimentsMessages } from './messages'
import { costOf, courseOf, durationOf, errorShare, perCall } from './runs'
import { RunState } from './runs-card'

const shownCalls = 8

/** One run: its cost while one watches, by model, its figures, and the calls that cost most. */
export function RunDrawer({ run, onClose, onStart }: { run: Run; onClose: () => void; onStart: () => void }) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency, timeZone, now, period, filters: scope } = useQuestion()
  const filters = [
    { dimension: 'experiment', in: [run.experiment] },
    run.run === '' ? { dimension: 'run', isNull: true } : { dimension: 'run', in: [run.run] },
    ...scope,
  ]
  const asked = { period: { from: period.from, to: period.to }, timeZone, currency, filters }
  const models = useQueryAnswer({ ...asked, metrics: ['estimated_cost'], dimensions: ['model'] }, { pace: 'live' })
  const dearest = useDearestCalls({ ...asked, limit: shownCalls })
  const cost = costOf(run, currency)
  const took = durationOf(run, now)
  const facts: [string, string][] = [
    [t.drawer.started, dateTime(run.startedAt, locale, timeZone)],
    ...(run.endedAt === null ? [] : [[t.drawer.ended, dateTime(run.endedAt, locale, timeZone)] as [string, string]]),
    [run.state === 'running' ? t.drawer.takes : t.drawer.took, duration(took, locale)],
    [t.drawer.calls, count(run.calls, locale)],
    [t.drawer.perCall, unitPrice(perCall(run, currency), currency, locale)],
    [t.drawer.tokensIn, tokens(run.tokensInput, locale)],
    [t.drawer.tokensOut, tokens(run.tokensOutput, locale)],
    [t.drawer.errors, `${count(run.errors, locale)} (${percent(errorShare(run), locale)})`],
    ...(isZero(run.unpricedCalls) ? [] : [[t.drawer.unpriced, count(run.unpricedCalls, locale)] as [string, string]]),
  ]
  const figures = Object.entries(run.values)
  return (
    <Drawer
      title={
        <span className="run-name">
          <RunState state={run.state} />
          {run.run || t.runs.noRun}
        </span>
      }
      onClose={onClose}
    >
      <div className="run-drawer">
        <p className="quiet">{run.experiment}</p>
        <div className="run-amount">
          <div>
            <span className="quiet">{t.drawer.cost}</span>{' '}
            {run.state === 'running' && <Badge tone="good">{t.drawer.live}</Badge>}
            <div className="figure-value">
              <Amount value={cost} currency={currency} live />
            </div>
          </div>
          <Sparkline
            values={courseOf(run, currency)}
            width={150}
            height={48}
            area
            color="var(--accent)"
            label={t.drawer.course}
          />
        </div>
        <dl className="run-facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>

        <h3>{t.drawer.figures}</h3>
        {figures.length === 0 ? (
          <p className="quiet">
            {t.drawer.noFigures}{' '}
            <button type="button" className="run-open link" onClick={onStart}>
              {t.drawer.howFigures}
            </button>
          </p>
        ) : (
          <dl className="run-facts">
            {figures.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{count(value, locale)}</dd>
              </div>
            ))}
          </dl>
        )}

        <h3>{t.drawer.models}</h3>
        {models.error && !models.data ? (
          <ErrorPanel error={models.error} onRetry={() => void models.refetch()} />
        ) : models.isPending ? (
          <SkeletonRows rows={2} />
        ) : (
          <Models groups={groupsOf(models.data, 'model', 'estimated_cost', [], 'day', 'UTC')} />
        )}

        <h3>{t.drawer.dearest}</h3>
        {dearest.error && !dearest.data ? (
          <ErrorPanel error={dearest.error} onRetry={() => void dearest.refetch()} />
        ) : dearest.isPending ? (
          <SkeletonRows rows={4} />
        ) : (
          <Dearest columns={dearest.data?.columns ?? []} rows={dearest.data?.rows ?? []} />
        )}
        <p className="run-do">
          <Link
            to="/explore"
            search={{ metrics: ['estimated_cost', 'calls'], by: ['model'], where: filters } as never}
            className="btn small"
          >
            <ChartNoAxesCombined size={14} strokeWidth={1.75} aria-hidden="true" />
            {t.drawer.explore}
          </Link>
          {figures.length > 0 && (
            <Button small onClick={onStart}>
              {t.drawer.howFigures}
            </Button>
          )}
        </p>
      </div>
    </Drawer>
  )
}

function Models({ groups }: { groups: { id: string | null; total: string | null }[] }) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency } = useQuestion()
  const rows = [...groups].sort((a, b) => compare(b.total ?? '-1', a.total ?? '-1'))
  const total = sum(rows.map((row) => row.total))
  const colors = colorsFor(rows.flatMap((row) => (row.id === null ? [] : [row.id])))
  if (rows.length === 0) return <p className="quiet">{t.drawer.noCalls}</p>
  return (
    <table className="table run-small">
      <caption className="visually-hidden">{t.drawer.models}</caption>
      <thead>
        <tr>
          <th scope="col">{t.drawer.model}</th>
          <th scope="col" className="right">
            {t.drawer.share}
          </th>
          <th scope="col" className="right">
            {t.drawer.callCost}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const share = total === null || row.total === null ? null : ratio(row.total, total)
          return (
            <tr key={row.id ?? ''}>
              <td>
                <span className="run-name">
                  <Swatch color={colors.get(row.id ?? '') ?? 'var(--c-other)'} />
                  {row.id ?? t.drawer.noModel}
                </span>
              </td>
              <td className="right">
                <ShareBar share={share === null ? null : toNumber(share)} width={48} />
              </td>
              <td className="right">{money(row.total, currency, locale)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Dearest({ columns, rows }: { columns: string[]; rows: (string | null)[][] }) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency, timeZone } = useQuestion()
  const cell = (row: (string | null)[], column: string) => row[columns.indexOf(column)] ?? null
  if (rows.length === 0) return <p className="quiet">{t.drawer.noCalls}</p>
  return (
    <table className="table run-small">
      <caption className="visually-hidden">{t.drawer.dearest}</caption>
      <thead>
        <tr>
          <th scope="col">{t.drawer.at}</th>
          <th scope="col">{t.drawer.model}</th>
          <th scope="col" className="right">
            {t.drawer.in}
          </th>
          <th scope="col" className="right">
            {t.drawer.out}
          </th>
          <th scope="col" className="right">
            {t.drawer.callCost}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { input, output } = tokensOf(cell(row, 'Units'), cell(row, 'Quantities'))
          return (
            <tr key={cell(row, 'EventId')}>
              <td className="quiet">
                {dateTime(cell(row, 'StartedAt'), locale, timeZone, { year: false, seconds: true })}
              </td>
              <td className="run-cut" title={cell(row, 'Model') ?? undefined}>
                {cell(row, 'Model') ?? unknown}
              </td>
              <td className="right">{tokens(input, locale)}</td>
              <td className="right">{tokens(output, locale)}</td>
              <td className="right">
                <b>{money(cell(row, 'Cost'), currency, locale)}</b>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Tokens of a call from its leaf units, which the server gives as JSON arrays. */
function tokensOf(units: string | null, quantities: string | null): { input: string; output: string } {
  const names = JSON.parse(units ?? '[]') as string[]
  const amounts = JSON.parse(quantities ?? '[]') as string[]
  const of = (wanted: (unit: string) => boolean) =>
    names.reduce((total, unit, index) => (wanted(unit) ? add(total, amounts[index] ?? '0') : total), '0')
  return {
    input: of((unit) => unit.startsWith('input.') || unit.startsWith('embedding.')),
    output: of((unit) => unit.startsWith('output.')),
  }
}
