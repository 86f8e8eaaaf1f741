import { Link } from '@tanstack/react-router'
import { ChartNoAxesCombined, FileSearch } from 'lucide-react'
import { useState } from 'react'
import { useHasAnything } from '../../app/ever'
import { useQuestion } from '../../app/question'
import { Button, ErrorPanel, SentenceHeader } from '../../ui'
import { AiStrip } from './ai-strip'
import { FirstRun, QuietPeriod } from './empty'
import { Facts } from './facts'
import { Figures } from './figures'
import { useOverviewMessages } from './messages'
import { Movers } from './movers'
import { Provenance } from './provenance'
import { Sentence } from './sentence'
import { OverviewSkeleton } from './skeleton'
import { TopTables } from './top-tables'
import { Trend, type TrendDimension } from './trend'
import { useAiUsage, useBreakdown } from './use-overview'
import './overview.css'

// The picture’s code starts on its way before the page’s questions fill the few connections a browser opens.
void import('../../ui/chart/echarts')

const firstOf = {
  finops: 'provider',
  engineering: 'service',
  finance: 'provider',
  product: 'team',
  leadership: 'team',
} as const

/** Spend now, why it moved, and what it is made of. */
export function OverviewPage() {
  const t = useOverviewMessages()
  const question = useQuestion()
  const [chosen, setChosen] = useState<TrendDimension | null>(null)
  const [provenance, setProvenance] = useState(false)
  const dimension = chosen ?? firstOf[question.lens]

  const trend = useBreakdown(dimension, { withBasis: true, live: true })
  const services = useBreakdown('service')
  const teams = useBreakdown('team')
  const models = useBreakdown('model', { filters: [{ dimension: 'model', isNull: false }] })
  const ai = useAiUsage()

  const nothing =
    !trend.pending && !ai.pending && !trend.stale && trend.groups.length === 0 && (ai.answer?.rows.length ?? 0) === 0
  const ever = useHasAnything(nothing)

  if (trend.error && !trend.answer) {
    return (
      <div className="card">
        <ErrorPanel error={trend.error} onRetry={trend.retry} />
      </div>
    )
  }
  if (trend.pending || (nothing && ever.pending)) return <OverviewSkeleton />
  if (nothing && !ever.anything) return <FirstRun />
  const quiet =
    nothing || (trend.groups.length === 0 && question.currencies.length === 0 && (ai.answer?.rows.length ?? 0) === 0)
  if (quiet) return <QuietPeriod />

  return (
    <div className="overview">
      <SentenceHeader
        tools={
          <>
            <Button
              icon={<FileSearch size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => setProvenance(true)}
            >
              {t.from}
            </Button>
            <Link to="/explore" className="btn">
              <ChartNoAxesCombined size={14} strokeWidth={1.75} aria-hidden="true" />
              {t.explore}
            </Link>
          </>
        }
        facts={<Facts answer={trend.answer} ai={ai} />}
      >
        <Sentence trend={trend} services={services} teams={teams} onSource={() => setProvenance(true)} />
      </SentenceHeader>
      <Figures trend={trend} ai={ai} />
      <div className="overview-main">
        <Trend trend={trend} dimension={dimension} onDimension={setChosen} />
        <Movers />
      </div>
      <AiStrip ai={ai} />
      <TopTables services={services} models={models} teams={teams} />
      {provenance && <Provenance trend={trend} onClose={() => setProvenance(false)} />}
    </div>
  )
}
