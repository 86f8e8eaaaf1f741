import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Scale, ShieldAlert, ShieldCheck, Target } from 'lucide-react'
import { useMemo } from 'react'
import { addDays, earlier } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill, Rich, useLocale } from '../../i18n'
import {
  Amount,
  Card,
  EmptyState,
  ErrorPanel,
  GuideLink,
  KeyFigure,
  SentenceHeader,
  Skeleton,
  SkeletonRows,
} from '../../ui'
import { abs, compare, count, isZero, money, percent, subtract, sum } from '../../ui/format'
import { AccountView } from './account-view'
import { AccountsCard } from './accounts-card'
import { useReconciliationMessages } from './messages'
import { idOf, useReconciliation } from './use-reconciliation'
import './reconciliation.css'

/** Does the bill fit the calls: how much of it telemetry explains, and what the rest is. */
export function ReconciliationPage() {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const question = useQuestion()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const { from } = question.period
  // No day after tomorrow's can be billed, and a year that has just begun is not asked to its end.
  const to = earlier(question.period.to, addDays(question.today, 1))
  const days = useMemo(() => ({ from, to: to > from ? to : addDays(from, 1) }), [from, to])
  const asked = useReconciliation(days)
  const change = (patch: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: ((before: Record<string, unknown>) => ({ ...before, ...patch })) as never })

  if (asked.isError) return <ErrorPanel error={asked.error} onRetry={() => void asked.refetch()} />
  if (!asked.data) return <ReconciliationSkeleton />

  const { accounts, totals } = asked.data
  const total = totals.find((each) => each.currency === question.currency) ?? totals[0]
  const chosen =
    accounts.find((account) => idOf(account) === search.account) ??
    accounts.find((account) => account.status === 'differs' && account.currency === total?.currency) ??
    accounts[0]
  if (!chosen) return <Nothing />

  const currency = total?.currency ?? chosen.currency
  const show = (amount: string | null | undefined) => money(amount, currency, locale)
  const waiting = sum(accounts.filter((each) => each.currency === currency).map((each) => each.openEstimate)) ?? '0'
  const sentence =
    total === undefined || total.billedUsage === null || isZero(total.billedUsage)
      ? t.sentence.waiting
      : total.accuracy === '1'
        ? t.sentence.whole
        : isZero(total.explained ?? '0')
          ? t.sentence.nothing
          : t.sentence.explained
  const billedAccounts = accounts.filter((each) => each.currency === currency && each.billed !== null).length
  const fees = total?.parts.find((part) => part.id === 'fees')
  const largest = [...(total?.parts ?? [])].sort((a, b) => compare(abs(b.amount), abs(a.amount)))[0]
  const reached = total?.accuracy != null && compare(total.accuracy, '0.99') >= 0
  return (
    <div className="reconciliation">
      <SentenceHeader
        facts={
          <>
            {total && (
              <span>
                {total.proof.equal ? (
                  <ShieldCheck size={13} strokeWidth={1.75} aria-hidden="true" />
                ) : (
                  <ShieldAlert size={13} strokeWidth={1.75} aria-hidden="true" />
                )}
                {total.proof.equal ? t.facts.adds : t.facts.broken}
              </span>
            )}
            <span>
              <Target size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.aim}
            </span>
            <GuideLink page="reconciliation" />
          </>
        }
      >
        <Rich
          text={fill(sentence, {
            billed: show(total?.billedUsage ?? '0'),
            share: percent(total?.accuracy ?? null, locale, { digits: 2 }),
            estimate: show(waiting),
          })}
        />
      </SentenceHeader>

      {total && (
        <section className="card figures" aria-label={t.figures.heading}>
          <h2 className="visually-hidden">{t.figures.heading}</h2>
          <KeyFigure
            label={t.figures.billed}
            note={t.figures.billedNote(billedAccounts)}
            value={<Amount value={total.billed} currency={currency} />}
            line={
              fees
                ? t.figures.fees(show(fees.amount))
                : isZero(total.invoiced ?? '0')
                  ? t.figures.noInvoice
                  : t.figures.invoiced(show(total.invoiced))
            }
          />
          <KeyFigure
            label={t.figures.estimate}
            note={t.figures.estimateNote}
            value={<Amount value={total.estimate} currency={currency} />}
            line={t.figures.calls(count(total.calls, locale))}
          />
          <KeyFigure
            label={t.figures.difference}
            note={t.figures.differenceNote}
            value={<Amount value={total.difference} currency={currency} />}
            line={
              largest
                ? t.figures.largest(t.parts.name[largest.id], money(largest.amount, currency, locale, { sign: true }))
                : t.figures.none
            }
          />
          <KeyFigure
            label={t.figures.accuracy}
            note={t.figures.accuracyNote}
            value={percent(total.accuracy, locale, { digits: 2 })}
            line={
              reached ? (
                <span className="good-text">{t.figures.reached}</span>
              ) : (
                <span className="warn-text">
                  {t.figures.toGo(show(subtract(total.billedUsage ?? '0', total.explained ?? '0')))}
                </span>
              )
            }
          />
        </section>
      )}

      <AccountsCard
        accounts={accounts}
        trend={asked.data.trend}
        chosen={idOf(chosen)}
        onChoose={(account) => change({ account: idOf(account), day: undefined })}
      />
      <AccountView
        key={idOf(chosen)}
        days={days}
        account={chosen}
        day={typeof search.day === 'string' && search.day !== '' ? search.day : null}
        onDay={(day) => change({ day: day ?? undefined, account: idOf(chosen) })}
        trend={asked.data.trend}
      />
    </div>
  )
}

function Nothing() {
  const t = useReconciliationMessages()
  return (
    <div className="reconciliation">
      <SentenceHeader>{t.empty.title}</SentenceHeader>
      <Card>
        <EmptyState
          icon={<Scale size={22} strokeWidth={1.5} />}
          title={t.empty.title}
          actions={
            <>
              <Link to="/connections" className="btn primary">
                {t.empty.connect}
              </Link>
              <GuideLink page="first-telemetry">{t.empty.send}</GuideLink>
              <GuideLink page="reconciliation" />
            </>
          }
        >
          {t.empty.text}
        </EmptyState>
      </Card>
    </div>
  )
}

function ReconciliationSkeleton() {
  return (
    <div className="reconciliation">
      <SentenceHeader>
        <Skeleton width="60%" height={28} />
      </SentenceHeader>
      <Card>
        <Skeleton height={72} />
      </Card>
      <Card flush>
        <SkeletonRows rows={5} height={44} />
      </Card>
      <Card>
        <Skeleton height={280} />
      </Card>
    </div>
  )
}
