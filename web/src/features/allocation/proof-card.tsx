import type { Run } from '@server/modules/allocation/contract'
import { FileCheck2, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, CopyButton, DataTable, Drawer } from '../../ui'
import { count, dateTime, money } from '../../ui/format'
import { useAllocationMessages } from './messages'
import { allocationPath, type Column } from './use-allocation'

/** The run's sums against the ledger, in the open. */
export function ProofCard({ run, column, currency }: { run: Run; column: Column; currency: string }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const [open, setOpen] = useState(false)
  const line = run.proof.find((proof) => proof.currency === currency && proof.column === column)
  const good = run.proof.every((proof) => proof.equal)
  const show = (amount: string | null) => money(amount, currency, locale)
  return (
    <Card className="proof-card">
      <div className="proof">
        <span className={good ? 'proof-icon good' : 'proof-icon bad'}>
          {good ? (
            <ShieldCheck size={18} strokeWidth={1.75} aria-hidden="true" />
          ) : (
            <ShieldAlert size={18} strokeWidth={1.75} aria-hidden="true" />
          )}
        </span>
        <div className="proof-words">
          <h2>{good ? t.proof.good : t.proof.bad}</h2>
          <p className="quiet">
            {t.proof.run(
              dateTime(run.at, locale, timeZone),
              run.ruleSetVersion,
              run.batches.length,
              count(run.rows, locale),
            )}
          </p>
        </div>
        {line && (
          <dl className="proof-sum">
            <div>
              <dt>{t.proof.ledger}</dt>
              <dd>{show(line.source)}</dd>
            </div>
            <span aria-hidden="true">=</span>
            <div>
              <dt>{t.proof.allocated}</dt>
              <dd>{show(line.allocated)}</dd>
            </div>
            <span aria-hidden="true">+</span>
            <div>
              <dt>{t.proof.unallocated}</dt>
              <dd>{show(line.unallocated ?? '0')}</dd>
            </div>
            <span aria-hidden="true">+</span>
            <div>
              <dt>{t.proof.residual}</dt>
              <dd>{show(line.residual ?? '0')}</dd>
            </div>
          </dl>
        )}
        {line && (
          <Badge tone={line.equal ? 'good' : 'bad'}>
            {t.proof.difference(money(line.difference, currency, locale))}
          </Badge>
        )}
        <Button icon={<FileCheck2 size={14} strokeWidth={1.75} aria-hidden="true" />} onClick={() => setOpen(true)}>
          {t.proof.show}
        </Button>
      </div>
      {open && <ProofDrawer run={run} onClose={() => setOpen(false)} />}
    </Card>
  )
}

function ProofDrawer({ run, onClose }: { run: Run; onClose: () => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const exact = (amount: string | null, currency: string) => money(amount, currency, locale, { form: 'exact' })
  return (
    <Drawer title={t.proof.title} onClose={onClose}>
      <dl className="facts-list">
        <div>
          <dt>{t.proof.identity}</dt>
          <dd>
            <code>{run.id}</code> <CopyButton text={run.id} />
          </dd>
        </div>
        <div>
          <dt>{t.rules.title}</dt>
          <dd>
            {t.rules.version(run.ruleSetVersion)} · <code>{run.ruleSetHash.slice(0, 12)}</code>
          </dd>
        </div>
        <div>
          <dt>{t.proof.batches}</dt>
          <dd>{count(run.batches.length, locale)}</dd>
        </div>
      </dl>
      {run.notes.length > 0 && (
        <>
          <h3 className="drawer-title">{t.proof.notes}</h3>
          <ul className="notes-list">
            {run.notes.map((note) => (
              <li key={`${note.code} ${note.message}`}>{note.message}</li>
            ))}
          </ul>
        </>
      )}
      <DataTable
        caption={t.proof.title}
        rows={run.proof.filter((proof) => proof.source !== null || !proof.equal)}
        rowKey={(proof) => `${proof.currency} ${proof.column}`}
        columns={[
          {
            id: 'column',
            header: t.proof.column,
            phone: 'title',
            cell: (proof) => `${t.columns[proof.column]}${proof.currency ? `, ${proof.currency}` : ''}`,
          },
          {
            id: 'source',
            header: t.proof.ledger,
            phone: 'amount',
            align: 'right',
            cell: (proof) => exact(proof.source, proof.currency),
          },
          {
            id: 'difference',
            header: t.preview.difference,
            phone: 'note',
            align: 'right',
            cell: (proof) => (
              <Badge tone={proof.equal ? 'good' : 'bad'}>{exact(proof.difference, proof.currency)}</Badge>
            ),
          },
        ]}
      />
      <h3 className="drawer-title">{t.proof.flows}</h3>
      <DataTable
        caption={t.proof.flows}
        rows={run.flows}
        rowKey={(flow) => `${flow.currency} ${flow.pool} ${flow.partition} ${flow.target}`}
        columns={[
          {
            id: 'pool',
            header: t.pool.pool,
            phone: 'title',
            cell: (flow) => (flow.partition ? `${flow.pool}: ${flow.partition}` : flow.pool),
          },
          { id: 'target', header: t.sankey.unit, phone: 'note', cell: (flow) => flow.target || t.coverage.unallocated },
          {
            id: 'share',
            header: '%',
            phone: 'amount',
            align: 'right',
            cell: (flow) => count(String(Number(flow.fraction) * 100), locale, { digits: 3 }),
          },
        ]}
      />
      <p>
        <a className="btn" href={`${allocationPath}/months/${run.month}/focus.csv`} download>
          {t.proof.export}
        </a>
      </p>
    </Drawer>
  )
}
