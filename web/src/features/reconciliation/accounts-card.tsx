import type { ReconciliationAnswer } from '@server/modules/reconciliation/contract'
import { useLocale } from '../../i18n'
import { Badge, Card, DataTable } from '../../ui'
import { colorsFor, ShareBar, Sparkline, Swatch } from '../../ui/chart'
import { compare, date, money, percent, subtract, toNumber } from '../../ui/format'
import { useReconciliationMessages } from './messages'
import { type Account, idOf } from './use-reconciliation'

const tones = {
  matched: 'good',
  differs: 'warn',
  no_telemetry: 'bad',
  no_bill: 'neutral',
  other_currency: 'neutral',
} as const

/** One line a provider account: three figures, what separates them, and how far the aim is. */
export function AccountsCard({
  accounts,
  trend,
  chosen,
  onChoose,
}: {
  accounts: readonly Account[]
  trend: ReconciliationAnswer['trend']
  chosen: string
  onChoose: (account: Account) => void
}) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const colors = colorsFor([...new Set(accounts.map((account) => account.provider))])
  const by = (pick: (account: Account) => string | null) => (a: Account, b: Account) =>
    compare(pick(a) ?? '0', pick(b) ?? '0')
  return (
    <Card title={t.accounts.title} note={t.accounts.note} flush>
      <DataTable
        caption={t.accounts.title}
        rows={accounts}
        rowKey={idOf}
        chosenKey={chosen}
        onRow={onChoose}
        columns={[
          {
            id: 'account',
            header: t.accounts.account,
            phone: 'title',
            compare: (a, b) => a.provider.localeCompare(b.provider),
            cell: (account) => (
              <span className="account-name">
                <Swatch color={colors.get(account.provider) ?? 'var(--c-other)'} />
                <span className="two-lines">
                  <b>{account.provider}</b>
                  <small>
                    {account.accountName ||
                      account.account ||
                      (account.status === 'no_bill' ? t.accounts.noAccount : t.accounts.together)}
                  </small>
                </span>
              </span>
            ),
          },
          {
            id: 'status',
            header: t.accounts.status,
            phone: 'note',
            cell: (account) => (
              <span title={t.statusText[account.status]}>
                <Badge tone={tones[account.status]}>{t.status[account.status]}</Badge>
              </span>
            ),
          },
          {
            id: 'billed',
            header: t.accounts.billed,
            align: 'right',
            phone: 'amount',
            compare: by((account) => account.billed),
            cell: (account) => money(account.billed, account.currency, locale),
          },
          {
            id: 'provider',
            header: t.accounts.provider,
            align: 'right',
            compare: by((account) => account.providerUsage),
            cell: (account) => money(account.providerUsage, account.currency, locale),
          },
          {
            id: 'estimate',
            header: t.accounts.estimate,
            align: 'right',
            compare: by((account) => account.estimate),
            cell: (account) =>
              money(account.billed === null ? account.openEstimate : account.estimate, account.currency, locale),
          },
          {
            id: 'difference',
            header: t.accounts.difference,
            align: 'right',
            compare: by((account) => account.difference),
            cell: (account) => money(account.difference, account.currency, locale, { sign: true }),
          },
          {
            id: 'accuracy',
            header: t.accounts.accuracy,
            align: 'right',
            phone: 'aside',
            compare: by((account) => account.accuracy),
            cell: (account) => (
              <span className="accuracy-cell">
                <Trend trend={trend} account={account} />
                <ShareBar
                  share={account.accuracy === null ? null : toNumber(account.accuracy)}
                  color={
                    account.accuracy !== null && compare(account.accuracy, '0.99') >= 0 ? 'var(--good)' : 'var(--warn)'
                  }
                />
                {percent(account.accuracy, locale, { digits: 2 })}
              </span>
            ),
          },
          {
            id: 'until',
            header: t.accounts.until,
            align: 'right',
            cell: (account) =>
              account.lastBilledDay === null ? '–' : date(account.lastBilledDay, locale, 'UTC', 'short'),
          },
        ]}
      />
    </Card>
  )
}

/** Accuracy by day beside the aim, drawn from the lower of both upwards: that is where accuracy moves. */
function Trend({ trend, account }: { trend: ReconciliationAnswer['trend']; account: Account }) {
  const values = trend
    .filter((point) => point.provider === account.provider && point.currency === account.currency)
    .map(({ accuracy }) => accuracy)
  const low = values.reduce<string>(
    (least, value) => (value !== null && compare(value, least) < 0 ? value : least),
    '0.99',
  )
  const above = (value: string | null) => (value === null ? null : subtract(value, low))
  return <Sparkline values={values.map(above)} comparable={values.map(() => above('0.99'))} width={72} height={20} />
}
