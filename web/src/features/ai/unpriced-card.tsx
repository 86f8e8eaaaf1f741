import { Link } from '@tanstack/react-router'
import { CircleAlert } from 'lucide-react'
import { useQueryAnswer } from '../../api'
import { reader } from '../../app/answer'
import { useQuestion } from '../../app/question'
import { Rich, useLocale } from '../../i18n'
import { Badge } from '../../ui'
import { compare, count, isZero, tokens, unknown } from '../../ui/format'
import { useAiMessages } from './messages'
import type { useCalls } from './use-ai'

/** Usage without a price, as a finding that says what is missing and leads to where it is solved. Nothing where all is priced. */
export function UnpricedCard({ calls }: { calls: ReturnType<typeof useCalls> }) {
  const t = useAiMessages().unpriced
  const locale = useLocale()
  const { period, timeZone, filters } = useQuestion()
  const some = calls.total !== null && !isZero(calls.total.unpricedCalls)
  const answer = useQueryAnswer(
    some
      ? {
          metrics: ['unpriced_calls', 'unpriced_tokens'],
          dimensions: ['model', 'ai_provider', 'team', 'workload'],
          period: { from: period.from, to: period.to },
          filters: [{ dimension: 'cost_status', in: ['unpriced', 'partial'] }, ...filters],
          timeZone,
        }
      : null,
    { pace: 'settled' },
  )
  if (!some || !answer.data) return null
  const read = reader(answer.data)
  const rows = answer.data.rows
    .map((row) => ({
      model: read.cell(row, 'model'),
      provider: read.cell(row, 'ai_provider'),
      where: [read.cell(row, 'workload'), read.cell(row, 'team')].filter((part) => part !== null).join(', '),
      calls: read.cell(row, 'unpriced_calls') ?? '0',
      tokens: read.cell(row, 'unpriced_tokens') ?? '0',
    }))
    .filter((row) => !isZero(row.calls))
    .sort((a, b) => compare(b.tokens, a.tokens))
  const first = rows[0]
  if (first === undefined) return null
  const models = new Set(rows.map((row) => `${row.provider}\n${row.model}`)).size
  const same = rows.filter((row) => row.model === first.model && row.provider === first.provider)
  const total = (of: (row: (typeof rows)[number]) => string) =>
    same.reduce((all, row) => String(BigInt(all) + BigInt(of(row))), '0')
  return (
    <section className="card ai-finding" aria-labelledby="ai-finding-title">
      <div>
        <header>
          <CircleAlert size={15} strokeWidth={1.75} aria-hidden="true" />
          <h2 id="ai-finding-title">{t.title(models, String(models))}</h2>
          <Badge tone="warn">{t.finding}</Badge>
        </header>
        <p>
          <Rich
            text={t.body(
              first.model ?? unknown,
              count(
                total((row) => row.calls),
                locale,
              ),
              tokens(
                total((row) => row.tokens),
                locale,
              ),
            )}
          />
        </p>
        <div className="ai-finding-do">
          <Link to="/prices" search={{ view: 'unpriced' } as never} className="btn primary">
            {t.solve}
          </Link>
          <Link
            to="/prices"
            search={
              { view: 'unpriced', model: first.model ?? undefined, 'provider-of': first.provider ?? undefined } as never
            }
            className="btn"
          >
            {t.see}
          </Link>
        </div>
      </div>
      <dl>
        <div>
          <dt>{t.where}</dt>
          <dd>{same.map((row) => row.where).filter(Boolean)[0] ?? unknown}</dd>
        </div>
        <div>
          <dt>{t.lookedUp}</dt>
          <dd>{t.lookedUpIn}</dd>
        </div>
        {models > 1 && (
          <div>
            <dt>{t.more(models - 1, String(models - 1))}</dt>
            <dd>
              {[
                ...new Set(rows.map((row) => row.model).filter((model) => model !== null && model !== first.model)),
              ].join(', ') || unknown}
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}
