import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import type { QueryAnswer, QueryRequest, RegistryAnswer } from '@server/modules/explore/contract'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { CircleAlert, Copy, Download, Link2, Radio, ReceiptText, RotateCcw, Telescope } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { converted, problemOf, useConversion } from '../../api'
import { useChartMarks } from '../../app/chart-marks'
import { useLensRegistry } from '../../app/lens'
import { addDays, localDate } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill, Rich, useLocale, useMessages } from '../../i18n'
import {
  Button,
  Card,
  EmptyState,
  ErrorPanel,
  GuideLink,
  SegmentedControl,
  SentenceHeader,
  Skeleton,
  SkeletonRows,
} from '../../ui'
import {
  bucketName,
  colorsFor,
  type Grain,
  Lines,
  otherId,
  type Series,
  ShareBar,
  StackedBars,
  Swatch,
  topSeries,
} from '../../ui/chart'
import {
  abs,
  compare,
  count,
  date,
  dateRange,
  delta,
  duration,
  percent,
  ratio,
  relativeTime,
  sum,
  time,
  tokens,
  toNumber,
} from '../../ui/format'
import { ColumnsMenu, tsvOf, useGridLayout } from '../../ui/grid'
import { AnswerTable, type TableRow, useAnswerColumns } from './answer-table'
import { isAdditive, type Metric, metricText } from './format-metric'
import { useExploreMessages } from './messages'
import { QuestionBuilder, useNames } from './question-builder'
import { type Chosen, type ExploreSearch, filtersOf, type View, validateExploreSearch, views } from './search'
import { SourceDrawer } from './source-drawer'
import { bucketEnd, fittingGrain, timeBuckets } from './time-buckets'
import { columnsOf, useTimedAnswer } from './use-answer'
import './explore.css'

const drawnAtMost = 8
const rowsAtMost = 5000

/** Any question to the ledger: shown as a sentence, a picture and a table, each number with the way back to its source. */
export function ExplorePage() {
  const t = useExploreMessages()
  const registry = useLensRegistry()
  if (registry.isError) return <ErrorPanel error={registry.error} onRetry={() => void registry.refetch()} />
  if (!registry.data)
    return (
      <div role="status" aria-label={t.builder.title}>
        <Skeleton width="60%" height={30} />
        <div className="card" style={{ height: 190, marginTop: 36 }} />
        <div className="card" style={{ height: 400, marginTop: 16 }} />
      </div>
    )
  return <Explore registry={registry.data} />
}

function Explore({ registry }: { registry: RegistryAnswer }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const question = useQuestion()
  const { period, comparison, currency, timeZone, now, costMetric } = question
  const raw: Record<string, unknown> = useSearch({ strict: false })
  const search = useMemo(() => validateExploreSearch(raw), [raw])
  const navigate = useNavigate()
  const names = useNames(registry)

  const change = useCallback(
    (patch: ExploreSearch, options: { replace?: boolean } = {}) => {
      void navigate({
        to: '.',
        search: ((before: Record<string, unknown>) => ({ ...before, ...patch })) as never,
        replace: options.replace ?? false,
        resetScroll: false,
      })
    },
    [navigate],
  )

  const metrics = useMemo(() => {
    const asked = search.metrics ?? [costMetric, 'tokens_total', 'calls']
    const known = asked
      .map((id) => registry.metrics.find((metric) => metric.id === id))
      .filter((metric): metric is Metric => metric !== undefined)
    return known.length > 0 ? known : registry.metrics.slice(0, 1)
  }, [search.metrics, costMetric, registry])
  const by = useMemo(() => search.by ?? ['service'], [search.by])
  const where = useMemo(() => search.where ?? [], [search.where])
  const grain =
    search.grain ?? fittingGrain(period.from, period.isOpen ? addDays(localDate(now, timeZone), 1) : period.to)
  const view: View = search.view ?? 'bars'
  const lead = metrics[0] as Metric
  const sort = search.sort
    ? { id: search.sort.replace(/^-/, ''), down: search.sort.startsWith('-') }
    : { id: lead.id, down: true }

  const asked = useMemo(() => [...question.filters, ...where], [question.filters, where])
  const base = { period: { from: period.from, to: period.to }, timeZone, filters: asked, currency }
  const ids = metrics.map((metric) => metric.id)
  const tableRequest: QueryRequest = {
    ...base,
    metrics: ids,
    dimensions: by,
    orderBy: [{ id: sort.id, direction: sort.down ? 'desc' : 'asc' }],
    limit: rowsAtMost,
  }
  const splitByBasis =
    ['effective_cost', 'billed_cost', 'list_cost', 'contracted_cost'].includes(lead.id) &&
    registry.dimensions.some((dimension) => dimension.id === 'basis') &&
    by[0] !== 'basis'
  const drawn = by[0]
  const chartRequest: QueryRequest = {
    ...base,
    metrics: [lead.id],
    dimensions: [...(drawn ? [drawn] : []), ...(splitByBasis ? ['basis'] : [])],
    granularity: grain,
    limit: 100_000,
  }
  const beforeRequest: QueryRequest = {
    ...base,
    period: { from: comparison.from, to: comparison.to },
    metrics: [lead.id],
    dimensions: by,
    limit: rowsAtMost,
  }

  const table = useTimedAnswer(tableRequest)
  const chart = useTimedAnswer(view === 'shares' ? null : chartRequest)
  const before = useTimedAnswer(beforeRequest)

  const rows = useMemo(
    () => (table.data ? tableRows(table.data.answer, by, ids, before.data?.answer ?? null) : []),
    [table.data, before.data, by, ids],
  )
  const totals = useMemo(() => totalsOf(table.data?.answer, ids), [table.data, ids])
  const previousTotal = totalsOf(before.data?.answer, [lead.id])[0] ?? null
  const compared = (before.data?.answer.rows.length ?? 0) > 0
  const beforeName = dateRange(comparison.from, comparison.lastDay, locale, timeZone)
  const shownTo =
    period.isOpen && localDate(now, timeZone) < addDays(period.to, -1)
      ? localDate(now, timeZone)
      : addDays(period.to, -1)
  const periodName = dateRange(period.from, shownTo, locale, timeZone)
  const colors = useMemo(() => colorsOfRows(rows, drawn), [rows, drawn])

  const buckets = useMemo(
    () => timeBuckets(period.from, period.to, grain, timeZone, now),
    [period, grain, timeZone, now],
  )
  const marks = useChartMarks(buckets)
  const series = useMemo(
    () =>
      chart.data && view !== 'shares'
        ? chartSeries(chart.data.answer, {
            drawn,
            lead,
            buckets,
            colors,
            name: (value) => (drawn === undefined ? lead.name[locale] : (value ?? t.notSet)),
            other: (n) => ({ en: `${n} more`, ko: `그 외 ${n}개`, ru: `ещё ${n}` })[locale],
          })
        : [],
    [chart.data, drawn, lead, buckets, colors, locale, t, view],
  )
  const format = useCallback(
    (value: string | null, form: 'full' | 'axis') => metricText(value, lead, currency, locale, form),
    [lead, currency, locale],
  )

  const answer = table.data?.answer
  const dimensions = useMemo(() => by.map((id) => ({ id, name: names.dimension(id) })), [by, names])
  const layout = useGridLayout('explore')
  const columns = useAnswerColumns({
    dimensions,
    metrics,
    totals,
    previousTotal,
    compared,
    before: t.before(shortRange(comparison.from, comparison.lastDay, locale, timeZone)),
    currency,
    colors,
  })
  const chosen = search.at
  const chosenKey = chosen?.is ? JSON.stringify(chosen.is) : null
  const bucketIndex = chosen?.bucket
    ? buckets.findIndex((bucket) => Date.parse(bucket) === Date.parse(chosen.bucket ?? ''))
    : -1
  const choose = (next: Chosen | undefined) => change({ at: next }, { replace: true })
  const pick = (bucket: number, seriesId: string | null) => {
    const start = buckets[bucket]
    if (!start) return
    const id = seriesId !== null && seriesId !== otherId && drawn !== undefined ? seriesOfId(seriesId) : undefined
    choose({ bucket: start, ...(id === undefined ? {} : { is: [id] }) })
  }
  const zoom = (first: number, last: number) => {
    const from = buckets[first]
    const to = buckets[last]
    if (!from || !to || first === last) return
    const lastMoment = new Date(Date.parse(bucketEnd(to, grain, timeZone, localDate(new Date(to), timeZone))) - 1)
    void navigate({
      to: '.',
      search: ((kept: Record<string, unknown>) => ({
        ...kept,
        period: `${localDate(new Date(from), timeZone)}..${localDate(lastMoment, timeZone)}`,
        grain: undefined,
        at: undefined,
      })) as never,
      resetScroll: false,
    })
  }

  const incomplete =
    period.isOpen && buckets.length > 0 && shownTo === localDate(now, timeZone) ? time(now, timeZone) : undefined
  const unpriced = answer && compare(answer.unpriced.calls, '0') > 0 ? answer.unpriced : null
  const moneyAsked = lead.unit === 'currency' || lead.unit.startsWith('currency/')
  const empty = answer !== undefined && rows.length === 0 && !unpriced
  const clean = where.length === 0 && search.metrics === undefined

  return (
    <div className="explore">
      <SentenceHeader
        facts={
          <>
            {answer && <Facts answer={answer} />}
            <GuideLink page="explore" />
          </>
        }
      >
        {answer ? (
          <Sentence
            metric={lead}
            total={totals[0] ?? null}
            previous={compared ? previousTotal : null}
            period={periodName}
            before={beforeName}
            empty={empty}
            currency={currency}
          />
        ) : (
          <Skeleton width="70%" height={28} />
        )}
      </SentenceHeader>

      <QuestionBuilder
        registry={registry}
        metrics={ids}
        by={by}
        where={where}
        grain={grain}
        onChange={(patch) => change({ ...patch, at: undefined })}
        footer={
          <>
            <span className="quiet num" aria-live="polite">
              {table.data &&
                t.answered(duration(table.data.milliseconds, locale), t.rows(rows.length, count(rows.length, locale)))}
              {answer?.truncated && ` ${t.truncated}`}
            </span>
            <span className="question-tools">
              {(search.metrics || search.by || search.where || search.grain || search.view) && (
                <Button
                  small
                  icon={<RotateCcw size={13} strokeWidth={1.75} aria-hidden="true" />}
                  onClick={() =>
                    change({
                      metrics: undefined,
                      by: undefined,
                      where: undefined,
                      grain: undefined,
                      view: undefined,
                      sort: undefined,
                      at: undefined,
                    })
                  }
                >
                  {t.builder.reset}
                </Button>
              )}
              <CopyLink />
              <Export request={tableRequest} />
            </span>
          </>
        }
      />

      {table.isError && (
        <div className="card">
          <ErrorPanel error={table.error} onRetry={() => void table.refetch()} />
        </div>
      )}
      {empty && (
        <div className="card">
          {clean && answer.freshness.length === 0 ? (
            <EmptyState
              icon={<Telescope size={22} strokeWidth={1.75} />}
              title={t.first.title}
              actions={
                <Button kind="primary" onClick={() => void navigate({ to: '/data' })}>
                  {t.first.import}
                </Button>
              }
            >
              {t.first.text}
            </EmptyState>
          ) : (
            <EmptyState
              icon={<Telescope size={22} strokeWidth={1.75} />}
              title={t.empty.title}
              actions={
                <>
                  {where.length > 0 && (
                    <Button onClick={() => change({ where: undefined, at: undefined })}>{t.empty.clear}</Button>
                  )}
                  <Button onClick={() => question.change({ period: '12m' })}>{t.empty.year}</Button>
                </>
              }
            >
              {t.empty.text}
            </EmptyState>
          )}
        </div>
      )}

      {!empty && (
        <div className="card explore-chart" aria-busy={chart.isFetching}>
          {(() => {
            const controls = (
              <SegmentedControl
                label={t.viewLabel}
                value={view}
                onChange={(next) => change({ view: next === 'bars' ? undefined : next })}
                options={views.map((id) => ({ id, label: t.views[id] }))}
              />
            )
            const title = t.chartTitle(lead.name[locale], t.steps[grain], drawn ? names.dimension(drawn) : null)
            const shared = {
              title,
              note: moneyAsked ? currency : undefined,
              buckets,
              grain: grain as Grain,
              timeZone,
              series,
              format,
              onPick: pick,
              onZoom: zoom,
              controls,
              incomplete,
              notes: marks.notes,
              noteTools: marks.tools,
              height: 264,
            }
            if (view === 'shares')
              return (
                <Shares
                  title={`${lead.name[locale]}${drawn ? `: ${names.dimension(drawn)}` : ''}`}
                  controls={controls}
                  rows={rows}
                  metric={lead}
                  total={totals[0] ?? null}
                  currency={currency}
                  colors={colors}
                  onChoose={(row) => choose({ is: row.values })}
                />
              )
            if (!chart.data) return <Skeleton height={320} />
            if (view === 'bars' && isAdditive(lead))
              return (
                <StackedBars
                  {...shared}
                  selected={
                    bucketIndex >= 0
                      ? { bucket: bucketIndex, seriesId: chosen?.is ? idOfSeries(chosen.is[0] ?? null) : null }
                      : null
                  }
                />
              )
            return <Lines {...shared} totals={isAdditive(lead)} />
          })()}
        </div>
      )}

      {!empty && (
        <Card
          flush
          title={by.map(names.dimension).join(', ') || t.allRows}
          note={periodName}
          tools={
            <>
              <ColumnsMenu
                layout={layout}
                columns={columns}
                groupable={by.length > 1 ? names.dimension(by[0] ?? '') : undefined}
              />
              <CopyTable rows={rows} by={by.map(names.dimension)} metrics={metrics} />
            </>
          }
        >
          {table.data ? (
            <AnswerTable
              title={t.tableTitle}
              columns={columns}
              layout={layout}
              dimensions={by.length}
              rows={rows}
              colors={colors}
              unpriced={moneyAsked ? unpriced : null}
              sort={sort}
              onSort={(next) => change({ sort: `${next.down ? '-' : ''}${next.id}` }, { replace: true })}
              chosen={chosenKey}
              onChoose={(row) => choose(chosenKey === row.key && !chosen?.bucket ? undefined : { is: row.values })}
            />
          ) : (
            <SkeletonRows rows={8} />
          )}
        </Card>
      )}

      {chosen && (
        <SourceDrawer
          key={JSON.stringify(chosen)}
          title={drawerTitle(
            chosen,
            by,
            t.notSet,
            chosen.bucket ? bucketName(chosen.bucket, grain as Grain, locale, timeZone) : periodName,
          )}
          color={chosen.is && drawn ? (colors.get(chosen.is[0] ?? '') ?? null) : null}
          metric={lead}
          filters={[...asked, ...filtersOf(by, chosen)]}
          period={
            chosen.bucket
              ? {
                  from: rfc3339(chosen.bucket),
                  to: rfc3339(bucketEnd(chosen.bucket, grain, timeZone, localDate(new Date(chosen.bucket), timeZone))),
                }
              : { from: period.from, to: period.to }
          }
          onClose={() => choose(undefined)}
        />
      )}
    </div>
  )
}

function Sentence({
  metric,
  total,
  previous,
  period,
  before,
  empty,
  currency,
}: {
  metric: Metric
  total: string | null
  previous: string | null
  period: string
  before: string
  empty: boolean
  currency: string
}) {
  const t = useExploreMessages()
  const locale = useLocale()
  const change = isAdditive(metric) ? delta(total, previous, locale) : null
  const text = empty
    ? t.sentence.none
    : change === null || change.ratio === null
      ? t.sentence.alone
      : change.direction === 'flat'
        ? t.sentence.same
        : change.direction === 'up'
          ? t.sentence.more
          : t.sentence.less
  return (
    <Rich
      text={fill(text, {
        metric: metric.name[locale],
        total: metricText(total, metric, currency, locale),
        period,
        before,
        change: change?.ratio ? percent(abs(change.ratio), locale) : '',
      })}
    />
  )
}

function Facts({ answer }: { answer: QueryAnswer }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const lastCall = answer.freshness
    .filter((source) => source.basis === 'estimated' && source.lastRecordedAt)
    .map((source) => source.lastRecordedAt as string)
    .sort()
    .at(-1)
  return (
    <>
      <span>
        <ReceiptText size={13} strokeWidth={1.75} aria-hidden="true" />
        {answer.completeness.billedThrough
          ? t.facts.billed(date(answer.completeness.billedThrough, locale, timeZone, 'short'))
          : t.facts.noBill}
      </span>
      {lastCall && (
        <span>
          <Radio size={13} strokeWidth={1.75} aria-hidden="true" />
          {t.facts.calls(relativeTime(lastCall, locale))}
        </span>
      )}
      {compare(answer.unpriced.calls, '0') > 0 && (
        <span className="warn">
          <CircleAlert size={13} strokeWidth={1.75} aria-hidden="true" />
          {t.facts.unpriced(tokens(answer.unpriced.tokens, locale), t.models(answer.unpriced.models.length))}
        </span>
      )}
    </>
  )
}

function Shares({
  title,
  controls,
  rows,
  metric,
  total,
  currency,
  colors,
  onChoose,
}: {
  title: string
  controls: React.ReactNode
  rows: TableRow[]
  metric: Metric
  total: string | null
  currency: string
  colors: Map<string, string>
  onChoose: (row: TableRow) => void
}) {
  const t = useExploreMessages()
  const locale = useLocale()
  return (
    <section aria-label={title}>
      <div className="chart-head">
        <h2 className="chart-title">{title}</h2>
        <span className="chart-controls">{controls}</span>
      </div>
      <ul className="shares">
        {rows.slice(0, 20).map((row) => {
          const share = total !== null && row.metrics[0] != null ? ratio(row.metrics[0], total) : null
          const color = colors.get(row.values[0] ?? '') ?? 'var(--c-other)'
          return (
            <li key={row.key}>
              <button type="button" onClick={() => onChoose(row)}>
                <span className="shares-name">
                  <Swatch color={color} />
                  {row.values.map((value) => value ?? t.notSet).join(', ') || t.allRows}
                </span>
                <ShareBar share={share === null ? null : toNumber(share)} color={color} width="100%" />
                <span className="num">{metricText(row.metrics[0], metric, currency, locale)}</span>
                <span className="num quiet">{isAdditive(metric) && share !== null ? percent(share, locale) : '–'}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function CopyLink() {
  const t = useExploreMessages()
  const [copied, setCopied] = useState(false)
  return (
    <Button
      small
      icon={<Link2 size={13} strokeWidth={1.75} aria-hidden="true" />}
      onClick={() => {
        void navigator.clipboard.writeText(window.location.href).then(() => {
          setCopied(true)
          setTimeout(() => setCopied(false), 1600)
        })
      }}
    >
      <span aria-live="polite">{copied ? t.linkCopied : t.link}</span>
    </Button>
  )
}

function CopyTable({ rows, by, metrics }: { rows: TableRow[]; by: string[]; metrics: Metric[] }) {
  const common = useMessages()
  const t = useExploreMessages()
  const locale = useLocale()
  const [copied, setCopied] = useState(false)
  const copy = () => {
    const lines = [
      [...by, ...metrics.map((metric) => metric.name[locale])],
      ...rows.map((row) => [...row.values.map((value) => value ?? ''), ...row.metrics.map((value) => value ?? '')]),
    ]
    void navigator.clipboard.writeText(tsvOf(lines)).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1600)
    })
  }
  return (
    <Button small icon={<Copy size={13} strokeWidth={1.75} aria-hidden="true" />} onClick={copy}>
      <span aria-live="polite">{copied ? common.common.copied : t.copyTable}</span>
    </Button>
  )
}

function Export({ request }: { request: QueryRequest }) {
  const t = useExploreMessages()
  const into = useConversion()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle')
  const save = async (format: 'csv' | 'focus-csv') => {
    setAnchor(null)
    setState('busy')
    try {
      const response = await fetch('/api/v1/export', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...(format === 'csv' ? converted(request, into) : request), limit: 100_000, format }),
      })
      if (!response.ok) throw await problemOf(response)
      const url = URL.createObjectURL(await response.blob())
      const link = document.createElement('a')
      link.href = url
      link.download = format === 'csv' ? 'infrazen-answer.csv' : 'infrazen-focus.csv'
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 10_000)
      setState('idle')
    } catch {
      setState('failed')
    }
  }
  return (
    <>
      {state === 'failed' && (
        <span className="bad-text" role="alert">
          {t.exportFailed}
        </span>
      )}
      <Button
        small
        disabled={state === 'busy'}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        icon={<Download size={13} strokeWidth={1.75} aria-hidden="true" />}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {t.export}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem onClick={() => void save('csv')}>
          <span>
            {t.exportCsv}
            <small className="menu-hint">{t.exportCsvHint}</small>
          </span>
        </MenuItem>
        <MenuItem onClick={() => void save('focus-csv')}>
          <span>
            {t.exportFocus}
            <small className="menu-hint">{t.exportFocusHint}</small>
          </span>
        </MenuItem>
      </Menu>
    </>
  )
}

function tableRows(answer: QueryAnswer, by: string[], metrics: string[], before: QueryAnswer | null): TableRow[] {
  const at = columnsOf(answer)
  const previous = new Map<string, string | null>()
  if (before) {
    const there = columnsOf(before)
    for (const row of before.rows)
      previous.set(
        JSON.stringify(by.map((id) => row[there.get(id) ?? -1] ?? null)),
        row[there.get(metrics[0] ?? '') ?? -1] ?? null,
      )
  }
  return answer.rows.map((row) => {
    const values = by.map((id) => row[at.get(id) ?? -1] ?? null)
    const key = JSON.stringify(values)
    return {
      key,
      values,
      metrics: metrics.map((id) => row[at.get(id) ?? -1] ?? null),
      previous: previous.get(key) ?? null,
    }
  })
}

function totalsOf(answer: QueryAnswer | undefined, metrics: string[]): (string | null)[] {
  const row = answer?.totals[0]
  if (!answer || !row) return []
  const at = columnsOf(answer)
  return metrics.map((id) => row[at.get(id) ?? -1] ?? null)
}

function colorsOfRows(rows: TableRow[], drawn: string | undefined): Map<string, string> {
  if (drawn === undefined) return new Map([['', 'var(--accent)']])
  const largest = new Map<string, string>()
  for (const row of rows)
    largest.set(row.values[0] ?? '', sum([largest.get(row.values[0] ?? ''), row.metrics[0]]) ?? '0')
  const ordered = [...largest].sort((a, b) => compare(b[1], a[1])).map(([id]) => id)
  return colorsFor(ordered)
}

const idOfSeries = (value: string | null) => (value === null ? '\u0000none' : value)
const seriesOfId = (id: string) => (id === '\u0000none' ? null : id)

function chartSeries(
  answer: QueryAnswer,
  how: {
    drawn: string | undefined
    lead: Metric
    buckets: string[]
    colors: Map<string, string>
    name: (value: string | null) => string
    other: (count: number) => string
  },
): Series[] {
  const at = columnsOf(answer)
  const timeAt = answer.columns.findIndex((column) => column.kind === 'time')
  const valueAt = at.get(how.lead.id) ?? -1
  const basisAt = how.drawn === 'basis' ? undefined : at.get('basis')
  const index = new Map(how.buckets.map((bucket, position) => [Date.parse(bucket), position]))
  const found = new Map<string, Series>()
  for (const row of answer.rows) {
    const position = index.get(Date.parse(row[timeAt] ?? ''))
    if (position === undefined) continue
    const value = how.drawn === undefined ? '' : (row[at.get(how.drawn) ?? -1] ?? null)
    const id = how.drawn === undefined ? 'all' : idOfSeries(value)
    let series = found.get(id)
    if (!series) {
      series = {
        id,
        name: how.name(value),
        color: how.colors.get(value ?? '') ?? 'var(--c-other)',
        values: Array(how.buckets.length).fill(null),
        estimates: Array(how.buckets.length).fill(null),
      }
      found.set(id, series)
    }
    const estimate = basisAt !== undefined && row[basisAt] === 'estimated'
    const target = estimate ? (series.estimates as (string | null)[]) : series.values
    target[position] = sum([target[position], row[valueAt]])
  }
  const all = [...found.values()]
  if (!isAdditive(how.lead)) return all.slice(0, drawnAtMost)
  return topSeries(all, drawnAtMost, how.other)
}

function drawerTitle(chosen: Chosen, by: string[], notSet: string, period: string): string {
  const named = (chosen.is ?? []).slice(0, by.length).map((value) => value ?? notSet)
  return [...named, period].join(', ')
}

function shortRange(first: string, last: string, locale: 'en' | 'ko' | 'ru', timeZone: string): string {
  const whole = dateRange(first, last, locale, timeZone)
  return first.slice(0, 4) === last.slice(0, 4) ? whole.replace(/^\d{4}\.\s/, '').replace(/\s\d{4}$/, '') : whole
}

function rfc3339(moment: string): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}
