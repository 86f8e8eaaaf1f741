import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { useLocale } from '../../i18n'
import { Card, Delta, ErrorPanel, Skeleton } from '../../ui'
import { Sparkline } from '../../ui/chart'
import { compare, count, isZero, percent, ratio, tokens, unknown } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useAiUsage } from './use-overview'

/** AI's own measures. They come from calls alone and always count, billed or not. */
export function AiStrip({ ai }: { ai: ReturnType<typeof useAiUsage> }) {
  const t = useOverviewMessages().ai
  const locale = useLocale()
  const { period } = useQuestion()
  const periodText = usePeriodText(period)
  const cell = (metric: string, label: string, format: (value: string) => string) => (
    <Measure
      key={metric}
      label={label}
      pending={ai.pending}
      value={ai.of(metric) === null ? unknown : format(ai.of(metric)!)}
      change={<Delta current={ai.of(metric)} previous={ai.before(metric)} goodWhen="neither" />}
      values={ai.values(metric)}
    />
  )
  const shareNow = shareOf(ai.of('tokens_cache_read'), ai.of('tokens_input'))
  const shareBefore = shareOf(ai.before('tokens_cache_read'), ai.before('tokens_input'))
  const reads = ai.values('tokens_cache_read')
  const inputs = ai.values('tokens_input')
  const unpriced = ai.of('unpriced_tokens')
  const models = ai.answer?.unpriced.models.length ?? 0
  const none =
    !ai.pending &&
    (ai.of('calls') === null || isZero(ai.of('calls') ?? '0')) &&
    (ai.of('gpu_hours') === null || isZero(ai.of('gpu_hours') ?? '0'))
  return (
    <Card
      title={t.title}
      note={`${periodText}, ${t.note}`}
      tools={
        <Link
          to="/explore"
          search={{ metrics: ['tokens_input', 'tokens_output', 'calls'], by: ['model'] } as never}
          className="card-link"
        >
          {t.look}
          <ArrowRight size={14} strokeWidth={1.75} aria-hidden="true" />
        </Link>
      }
      flush
    >
      {ai.error && !ai.answer ? (
        <ErrorPanel error={ai.error} onRetry={ai.retry} />
      ) : none ? (
        <p className="movers-none">
          {t.none} <Link to="/settings">{t.how}</Link>
        </p>
      ) : (
        <div className="ai-strip">
          {cell('tokens_input', t.in, (value) => tokens(value, locale))}
          {cell('tokens_cache_read', t.cached, (value) => tokens(value, locale))}
          <Measure
            label={t.share}
            pending={ai.pending}
            value={percent(shareNow, locale)}
            change={<Delta current={shareNow} previous={shareBefore} goodWhen="up" asPoints />}
            values={reads.map((read, index) => shareOf(read, inputs[index] ?? null))}
          />
          {cell('tokens_output', t.out, (value) => tokens(value, locale))}
          {cell('calls', t.calls, (value) => tokens(value, locale))}
          {ai.pending || ai.reportsGpuTime ? (
            cell('gpu_hours', t.gpu, (value) =>
              count(value, locale, { digits: isZero(value) || compare(value, '100') >= 0 ? 0 : 1 }),
            )
          ) : (
            <div className="ai-measure">
              <h3>{t.gpu}</h3>
              <div className="ai-value">{unknown}</div>
              <span className="quiet ai-small">{t.noGpu}</span>
            </div>
          )}
          <div className="ai-measure">
            <h3>{t.unpriced}</h3>
            <div className="ai-value">
              {ai.pending ? (
                <Skeleton width={70} height={20} />
              ) : unpriced === null ? (
                unknown
              ) : (
                tokens(unpriced, locale)
              )}
            </div>
            {unpriced !== null && !isZero(unpriced) ? (
              <>
                <span className="ai-warn">{t.noPrice(models, String(models))}</span>
                <Link
                  to="/explore"
                  search={{ metrics: ['unpriced_tokens', 'unpriced_calls'], by: ['model'] } as never}
                  className="card-link"
                >
                  {t.look}
                </Link>
              </>
            ) : (
              <span className="quiet ai-small">{t.allPriced}</span>
            )}
          </div>
        </div>
      )}
    </Card>
  )
}

function shareOf(part: string | null, whole: string | null): string | null {
  return part === null || whole === null ? null : ratio(part, whole)
}

function Measure({
  label,
  value,
  change,
  values,
  pending,
}: {
  label: string
  value: string
  change: ReactNode
  values: (string | null)[]
  pending: boolean
}) {
  return (
    <div className="ai-measure">
      <h3>{label}</h3>
      <div className="ai-value num">{pending ? <Skeleton width={70} height={20} /> : value}</div>
      {pending ? <Skeleton width={50} /> : change}
      <div className="ai-course">
        <Sparkline values={values} width={116} height={24} area color="var(--text-3)" />
      </div>
    </div>
  )
}
