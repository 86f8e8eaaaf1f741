import type { Proof } from '@server/modules/ledger/contract'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { useLocale } from '../../i18n'
import { money } from '../../ui/format'
import { useDataMessages } from './messages'

/** Source = ledger + quarantined for every cost column and currency of a batch, with all digits. */
export function ProofTable({ proof }: { proof: Proof[] }) {
  const t = useDataMessages()
  const locale = useLocale()
  const exact = (value: string, currency: string) => money(value, currency, locale, { form: 'exact' })
  return (
    <ul className="proofs">
      {proof.map((line) => (
        <li key={`${line.column}:${line.currency}`} className={line.equal ? 'proof-line' : 'proof-line unequal'}>
          <div className="proof-line-head">
            <code>{line.column}</code>
            <span className={line.equal ? 'proof-mark good' : 'proof-mark bad'}>
              {line.equal ? (
                <ShieldCheck size={14} strokeWidth={1.75} aria-hidden="true" />
              ) : (
                <ShieldAlert size={14} strokeWidth={1.75} aria-hidden="true" />
              )}
              {line.equal ? t.batches.equal : t.batches.unequal}
            </span>
          </div>
          <dl>
            <dt>{t.drawer.source}</dt>
            <dd>{exact(line.source, line.currency)}</dd>
            <dt>= {t.drawer.ledger}</dt>
            <dd>{exact(line.ledger, line.currency)}</dd>
            <dt>+ {t.drawer.quarantined}</dt>
            <dd>{exact(line.quarantined, line.currency)}</dd>
          </dl>
        </li>
      ))}
    </ul>
  )
}
