import { Link } from '@tanstack/react-router'
import { CalendarSearch, ChartNoAxesCombined, Sparkles, Tags } from 'lucide-react'
import { useHasAnything } from '../../app/ever'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill, useMessages } from '../../i18n'
import { Button, EmptyState, ErrorPanel, GuideLink, SentenceHeader, Skeleton, SkeletonRows } from '../../ui'
import { isZero } from '../../ui/format'
import { CacheCard } from './cache-card'
import { CostChart } from './cost-chart'
import { CourseChart } from './course-chart'
import { AiFacts } from './facts'
import { AiFigures } from './figures'
import { KindsCard } from './kinds-card'
import { useAiMessages } from './messages'
import { ModelsCard } from './models-card'
import { RunningCard } from './running-card'
import { AiSentence } from './sentence'
import { UnpricedCard } from './unpriced-card'
import { useAiCost, useCalls, useLeaves } from './use-ai'
import './ai.css'

// The pictures’ code starts on its way before the page’s questions fill the few connections a browser opens.
void import('../../ui/chart/echarts')

/** What AI work costs, by model and by token, what the cache saves, what fails and what has no price. */
export function AiPage() {
  const t = useAiMessages()
  const cost = useAiCost()
  const calls = useCalls('model', 'live')
  const leaves = useLeaves()
  const nothing =
    !cost.pending && !calls.pending && !cost.stale && cost.groups.length === 0 && isZero(calls.total?.calls ?? '0')
  const ever = useHasAnything(nothing, [{ dimension: 'service_category', in: ['AI and Machine Learning'] }])

  if (cost.error && !cost.answer) {
    return (
      <div className="card">
        <ErrorPanel error={cost.error} onRetry={cost.retry} />
      </div>
    )
  }
  if (cost.pending || calls.pending || (nothing && ever.pending)) return <AiSkeleton />
  if (nothing) return ever.anything ? <Quiet /> : <FirstCall />
  return (
    <div className="ai-page">
      <SentenceHeader
        tools={
          <>
            <Link to="/prices" className="btn">
              <Tags size={14} strokeWidth={1.75} aria-hidden="true" />
              {t.prices}
            </Link>
            <Link
              to="/explore"
              search={{ metrics: ['estimated_cost', 'calls', 'tokens_total'], by: ['model'] } as never}
              className="btn"
            >
              <ChartNoAxesCombined size={14} strokeWidth={1.75} aria-hidden="true" />
              {t.explore}
            </Link>
          </>
        }
        facts={<AiFacts cost={cost} calls={calls} />}
      >
        <AiSentence cost={cost} calls={calls} saving={leaves.saving} />
      </SentenceHeader>
      <AiFigures cost={cost} calls={calls} saving={leaves.saving} />
      <div className="ai-charts">
        <CostChart cost={cost} />
        <CourseChart cost={cost} />
      </div>
      <ModelsCard />
      <div className="ai-halves">
        <div className="ai-column">
          <RunningCard />
          <UnpricedCard calls={calls} />
          <KindsCard leaves={leaves} />
        </div>
        <CacheCard leaves={leaves} />
      </div>
    </div>
  )
}

function FirstCall() {
  const t = useAiMessages().empty
  const { nav } = useMessages()
  return (
    <div className="card">
      <h1 className="visually-hidden">{nav.ai}</h1>
      <EmptyState
        icon={<Sparkles size={20} strokeWidth={1.75} />}
        title={t.title}
        actions={
          <>
            <Link to="/settings" className="btn primary">
              {t.connect}
            </Link>
            <Link to="/data" className="btn">
              {t.import}
            </Link>
            <GuideLink page="ai" />
          </>
        }
      >
        {t.lead}
      </EmptyState>
    </div>
  )
}

function Quiet() {
  const t = useAiMessages().empty
  const { nav } = useMessages()
  const { period, change } = useQuestion()
  const range = usePeriodText(period)
  return (
    <div className="card">
      <h1 className="visually-hidden">{nav.ai}</h1>
      <EmptyState
        icon={<CalendarSearch size={20} strokeWidth={1.75} />}
        title={fill(t.quiet, { range })}
        actions={
          <>
            <Button kind="primary" onClick={() => change({ period: '12m' })}>
              {t.year}
            </Button>
            <Button onClick={() => change({ period: 'last-month' })}>{t.lastMonth}</Button>
          </>
        }
      >
        {t.quietLead}
      </EmptyState>
    </div>
  )
}

/** The page in its final shape, before the first answer. */
function AiSkeleton() {
  const t = useMessages()
  return (
    <div className="ai-page" role="status" aria-label={t.common.loading}>
      <div className="sentence" aria-hidden="true">
        <div>
          <Skeleton width="min(640px, 100%)" height={20} style={{ margin: '5px 0' }} />
          <Skeleton width="min(470px, 80%)" height={20} style={{ margin: '10px 0 5px' }} />
          <Skeleton width="min(360px, 70%)" height={12} style={{ marginTop: 12 }} />
        </div>
      </div>
      <div className="card ai-figures" aria-hidden="true">
        {[0, 1, 2, 3, 4].map((at) => (
          <div key={at} className="figure" style={{ height: 106 }}>
            <Skeleton width={90} />
            <Skeleton width={140} height={28} style={{ margin: '12px 0' }} />
            <Skeleton width="70%" />
          </div>
        ))}
      </div>
      <div className="ai-charts" aria-hidden="true">
        {[0, 1].map((at) => (
          <div key={at} className="card" style={{ height: 372, padding: 16 }}>
            <Skeleton width={180} height={16} />
            <Skeleton width="100%" height={280} style={{ marginTop: 36 }} />
          </div>
        ))}
      </div>
      <div className="card" style={{ paddingTop: 16 }} aria-hidden="true">
        <SkeletonRows rows={8} height={32} />
      </div>
    </div>
  )
}
