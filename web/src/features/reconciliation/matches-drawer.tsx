import type { MatchesAnswer } from '@server/modules/reconciliation/contract'
import { Link } from '@tanstack/react-router'
import { addDays } from '../../app/period'
import { useLocale } from '../../i18n'
import { DataTable, Drawer, ErrorPanel, SkeletonRows } from '../../ui'
import { compare, count, isZero, money, time, tokens } from '../../ui/format'
import { useReconciliationMessages } from './messages'
import { type Account, type Days, useMatches } from './use-reconciliation'

type Match = MatchesAnswer['matches'][number]

/** Both sides by model, leaf, key and hour, and the way on to the lines and calls themselves. */
export function MatchesDrawer({
  days,
  account,
  day,
  title,
  onClose,
}: {
  days: Days
  account: Account
  day: string | undefined
  title: string
  onClose: () => void
}) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const asked = useMatches(days, account, day)
  const answer = asked.data
  return (
    <Drawer title={`${account.provider} · ${title}`} onClose={onClose}>
      <div className="recon-drawer">
        {asked.isError && <ErrorPanel error={asked.error} onRetry={() => void asked.refetch()} />}
        {asked.isPending && <SkeletonRows rows={8} height={40} />}
        {answer && answer.matches.length === 0 && <p className="quiet">{t.matches.none}</p>}
        {answer && answer.matches.length > 0 && (
          <>
            <LinesLink account={account} days={day === undefined ? days : { from: day, to: addDays(day, 1) }} />
            <h3 className="drawer-title">{t.matches.models}</h3>
            {answer.matches.map((match) => (
              <MatchBlock key={`${match.model} ${match.key}`} match={match} currency={account.currency} />
            ))}
          </>
        )}
        {answer && answer.keys.length > 0 && (
          <>
            <h3 className="drawer-title">{t.matches.keys}</h3>
            <p className="quiet">
              {answer.keys.some((key) => key.quantity !== null) ? t.matches.keysHint : t.matches.keysUnknown}
            </p>
            <DataTable
              caption={t.matches.keys}
              rows={answer.keys}
              rowKey={(key) => key.key}
              columns={[
                { id: 'key', header: t.matches.key, phone: 'title', cell: (key) => key.name || key.key },
                {
                  id: 'billed',
                  header: t.matches.billed,
                  align: 'right',
                  phone: 'aside',
                  cell: (key) => money(key.billed, account.currency, locale),
                },
                {
                  id: 'provider',
                  header: t.matches.provider,
                  align: 'right',
                  phone: 'amount',
                  cell: (key) => tokens(key.providerQuantity, locale),
                },
                {
                  id: 'telemetry',
                  header: t.matches.telemetry,
                  align: 'right',
                  phone: 'note',
                  cell: (key) => tokens(key.quantity, locale),
                },
              ]}
            />
          </>
        )}
        {answer && answer.hours.length > 0 && (
          <>
            <h3 className="drawer-title">{t.matches.hours}</h3>
            <DataTable
              caption={t.matches.hours}
              rows={answer.hours}
              rowKey={(hour) => hour.hour}
              columns={[
                {
                  id: 'hour',
                  header: `${t.matches.hour}, UTC`,
                  phone: 'title',
                  cell: (hour) => time(hour.hour, 'UTC'),
                },
                {
                  id: 'provider',
                  header: t.matches.provider,
                  align: 'right',
                  phone: 'note',
                  cell: (hour) => tokens(hour.providerQuantity, locale),
                },
                {
                  id: 'telemetry',
                  header: t.matches.telemetry,
                  align: 'right',
                  phone: 'aside',
                  cell: (hour) => tokens(hour.quantity, locale),
                },
                {
                  id: 'estimate',
                  header: account.currency,
                  align: 'right',
                  phone: 'amount',
                  cell: (hour) => money(hour.estimate, account.currency, locale),
                },
              ]}
            />
          </>
        )}
      </div>
    </Drawer>
  )
}

function MatchBlock({ match, currency }: { match: Match; currency: string }) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const name = match.model || t.matches.noModel
  return (
    <section className="match-block">
      <header>
        <h4>
          {name}
          {match.key !== '' && <small> · {match.key}</small>}
        </h4>
        <span className="num">
          {money(match.billed, currency, locale)} − {money(match.estimate, currency, locale)} ={' '}
          <b>{money(match.difference, currency, locale)}</b>
        </span>
      </header>
      {match.parts.length > 0 && (
        <ul className="match-parts">
          {match.parts.map((part) => (
            <li key={part.id} title={t.parts.text[part.id]}>
              {t.parts.name[part.id]} <b>{money(part.amount, currency, locale, { sign: true })}</b>
            </li>
          ))}
        </ul>
      )}
      <DataTable
        caption={name}
        rows={match.leaves}
        rowKey={(leaf) => `${leaf.leaf} ${leaf.term}`}
        columns={[
          {
            id: 'leaf',
            header: t.matches.leafColumn,
            phone: 'title',
            cell: (leaf) => (
              <>
                {t.matches.leaf[leaf.leaf as 'input'] ?? leaf.leaf}
                {leaf.term !== 'standard' && leaf.term !== '' && (
                  <small className="quiet"> · {leaf.term === 'batch' ? t.matches.batch : leaf.term}</small>
                )}
              </>
            ),
          },
          {
            id: 'billed',
            header: t.matches.billed,
            align: 'right',
            phone: 'amount',
            cell: (leaf) => <Both quantity={leaf.billedQuantity} amount={money(leaf.billed, currency, locale)} />,
          },
          {
            id: 'provider',
            header: t.matches.provider,
            align: 'right',
            phone: 'aside',
            cell: (leaf) => tokens(leaf.providerQuantity, locale),
          },
          {
            id: 'telemetry',
            header: t.matches.telemetry,
            align: 'right',
            phone: 'note',
            cell: (leaf) => (
              <Both
                quantity={leaf.quantity}
                amount={
                  isZero(leaf.unpricedQuantity) || compare(leaf.unpricedQuantity, '0') < 0
                    ? money(leaf.estimate, currency, locale)
                    : t.matches.unpriced(tokens(leaf.unpricedQuantity, locale))
                }
              />
            ),
          },
        ]}
      />
      <p className="quiet">
        {t.matches.calls}: {count(match.calls, locale)}
      </p>
    </section>
  )
}

function Both({ quantity, amount }: { quantity: string | null; amount: string }) {
  const locale = useLocale()
  return (
    <span className="two-lines">
      <span className="num">{tokens(quantity, locale)}</span>
      <small>{amount}</small>
    </span>
  )
}

/** The explore page on this provider and these days, by model: from there every line is one press away. */
function LinesLink({ account, days }: { account: Account; days: Days }) {
  const t = useReconciliationMessages()
  const search = {
    period: `${days.from}..${addDays(days.to, -1)}`,
    by: ['model'],
    where: [{ dimension: 'provider', in: [account.provider] }],
  }
  return (
    <Link to="/explore" search={search as never} className="btn small">
      {t.matches.lines}
    </Link>
  )
}
