import { Link } from '@tanstack/react-router'
import { CalendarSearch, FileUp, Radio } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill } from '../../i18n'
import { Button, EmptyState, GuideLink } from '../../ui'
import { useOverviewMessages } from './messages'

/** Nothing has ever come in: what will stand here, and the two ways to get there. */
export function FirstRun() {
  const t = useOverviewMessages().empty
  const sample = t.sample.split('`')
  return (
    <div className="first-run">
      <header>
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </header>
      <div className="first-ways">
        <section className="card">
          <FileUp size={20} strokeWidth={1.75} aria-hidden="true" />
          <h2>{t.bill}</h2>
          <p>{t.billHint}</p>
          <Link to="/data" className="btn primary">
            {t.billGo}
          </Link>
          <GuideLink page="first-bill" />
        </section>
        <section className="card">
          <Radio size={20} strokeWidth={1.75} aria-hidden="true" />
          <h2>{t.calls}</h2>
          <p>{t.callsHint}</p>
          <Link to="/settings" className="btn primary">
            {t.callsGo}
          </Link>
          <GuideLink page="first-telemetry" />
        </section>
      </div>
      <Preview />
      <p className="quiet first-sample">
        {sample[0]}
        <code>{sample[1]}</code>
        {sample[2]}
      </p>
    </div>
  )
}

/** The page’s own shape, without numbers: nothing here pretends to be data. */
function Preview() {
  const heights = [44, 52, 50, 53, 51, 40, 38, 54, 57, 60, 58, 62, 46, 43, 61, 64, 66, 60, 30]
  return (
    <svg className="first-preview" viewBox="0 0 760 120" preserveAspectRatio="none" aria-hidden="true">
      {heights.map((height, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a drawing has no identity
        <g key={index}>
          <rect x={index * 40 + 6} y={116 - height * 1.6} width={28} height={height * 0.7} rx={2} fill="var(--line)" />
          <rect
            x={index * 40 + 6}
            y={117 - height * 0.9}
            width={28}
            height={height * 0.9}
            rx={2}
            fill="var(--border)"
          />
        </g>
      ))}
    </svg>
  )
}

/** Data, but none in the asked period. */
export function QuietPeriod() {
  const t = useOverviewMessages().quiet
  const { period, change } = useQuestion()
  const range = usePeriodText(period)
  return (
    <div className="card">
      <EmptyState
        icon={<CalendarSearch size={20} strokeWidth={1.75} />}
        title={fill(t.title, { range })}
        actions={
          <>
            <Button kind="primary" onClick={() => change({ period: '12m' })}>
              {t.year}
            </Button>
            <Button onClick={() => change({ period: 'last-month' })}>{t.lastMonth}</Button>
          </>
        }
      >
        {t.lead}
      </EmptyState>
    </div>
  )
}
