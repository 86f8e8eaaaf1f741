import type { QuarantinePage } from '@server/modules/ingestion/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, Upload as UploadIcon } from 'lucide-react'
import { useRef } from 'react'
import { api, useImport } from '../../api'
import { useQuestion } from '../../app/question'
import { problemText, useLocale } from '../../i18n'
import { Badge, Button, Drawer, ErrorPanel, SkeletonRows } from '../../ui'
import { bytes, count, dateTime, money } from '../../ui/format'
import { StatusBadge } from './imports-card'
import { useDataMessages } from './messages'
import { remedyFor } from './remedies'
import { uploadFiles } from './uploads'

/** One import: what the file was, what came of it, and what waits in quarantine with the way out. */
export function ImportDrawer({
  id,
  onClose,
  onOpenImport,
  onOpenBatch,
}: {
  id: string
  onClose: () => void
  onOpenImport: (id: string) => void
  onOpenBatch: (id: string) => void
}) {
  const t = useDataMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const found = useImport(id)
  const item = found.data
  return (
    <Drawer title={item?.fileName ?? t.drawer.import} onClose={onClose}>
      {found.isPending && <SkeletonRows rows={8} />}
      {found.isError && <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />}
      {item && (
        <div className="drawer-stack">
          <div className="drawer-status">
            <StatusBadge item={item} />
            <span className="num">
              {t.accepted(t.rowCount(item.rows.accepted, count(item.rows.accepted, locale)))}
              {item.rows.quarantined > 0 && (
                <span className="warn-text">
                  , {t.quarantined(t.rowCount(item.rows.quarantined, count(item.rows.quarantined, locale)))}
                </span>
              )}
            </span>
          </div>
          {item.status === 'duplicate' && (
            <p className="muted">
              {t.drawer.duplicateOf}{' '}
              {item.duplicateOf && (
                <button type="button" className="link-button" onClick={() => onOpenImport(item.duplicateOf as string)}>
                  {t.drawer.openFirst}
                </button>
              )}
            </p>
          )}
          <dl className="facts-list">
            <dt>{t.drawer.connection}</dt>
            <dd>{item.connection}</dd>
            <dt>{t.drawer.format}</dt>
            <dd>{item.format ?? '–'}</dd>
            {item.focusVersion && (
              <>
                <dt>{t.drawer.focus}</dt>
                <dd>{item.focusVersion}</dd>
              </>
            )}
            <dt>{t.drawer.size}</dt>
            <dd>{bytes(item.bytes, locale)}</dd>
            <dt>{t.imports.when}</dt>
            <dd>{dateTime(item.finishedAt ?? item.createdAt, locale, timeZone, { year: true, seconds: true })}</dd>
          </dl>
          {item.sums.length > 0 && (
            <section>
              <h3>{t.drawer.sums}</h3>
              {item.sums.map((line) => (
                <dl key={line.currency} className="facts-list num">
                  {(['EffectiveCost', 'BilledCost', 'ListCost', 'ContractedCost'] as const).map((column) => (
                    <div key={column} className="fact-row">
                      <dt>
                        <code>{column}</code>
                      </dt>
                      <dd>{money(line[column], line.currency, locale, { form: 'exact' })}</dd>
                    </div>
                  ))}
                </dl>
              ))}
            </section>
          )}
          {item.batchIds.length > 0 && (
            <section>
              <h3>{t.drawer.showBatches}</h3>
              <p className="chip-line">
                {item.batchIds.map((batchId) => (
                  <Button small key={batchId} onClick={() => onOpenBatch(batchId)}>
                    {batchId.slice(-8)}
                  </Button>
                ))}
              </p>
            </section>
          )}
          {item.rows.quarantined > 0 ? (
            <Quarantine importId={item.id} connection={item.connection} />
          ) : (
            item.problems.length > 0 && (
              <section>
                <h3>{t.drawer.problems}</h3>
                <ul className="problems">
                  {item.problems.map((problem, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list without identity
                    <li key={index}>
                      <span title={problem.message}>{problemText(problem, locale)}</span>
                      <small>
                        {problem.row !== null && `${t.drawer.row} ${count(problem.row, locale)}, `}
                        {problem.column && <code>{problem.column}</code>} <code>{problem.code}</code>
                      </small>
                      {remedyFor(problem.code, locale) && (
                        <small className="remedy">{remedyFor(problem.code, locale)}</small>
                      )}
                    </li>
                  ))}
                </ul>
              </section>
            )
          )}
          {item.findings.length > 0 && (
            <section>
              <h3>{t.drawer.found}</h3>
              <ul className="problems">
                {item.findings.map((finding) => (
                  <li key={`${finding.code}:${finding.message}`}>
                    <span title={finding.message}>{problemText(finding, locale)}</span>
                    <small>
                      <code>{finding.code}</code>
                    </small>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      )}
    </Drawer>
  )
}

const pageSize = 50

function Quarantine({ importId, connection }: { importId: string; connection: string }) {
  const t = useDataMessages()
  const locale = useLocale()
  const input = useRef<HTMLInputElement>(null)
  const pages = useInfiniteQuery({
    queryKey: ['imports', importId, 'quarantine', 'pages'],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      api<QuarantinePage>(`/api/v1/imports/${importId}/quarantine?offset=${pageParam}&limit=${pageSize}`, { signal }),
    getNextPageParam: (last, all) => {
      const seen = all.reduce((n, page) => n + page.rows.length, 0)
      return last.rows.length > 0 && seen < last.total ? seen : undefined
    },
  })
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? []
  return (
    <section>
      <h3>
        {t.drawer.quarantine}{' '}
        {pages.data?.pages[0] && <span className="quiet num">{count(pages.data.pages[0].total, locale)}</span>}
      </h3>
      <p className="muted">{t.drawer.correctedHint}</p>
      <p className="chip-line">
        <a className="btn small" href={`/api/v1/imports/${importId}/quarantine.csv`} download>
          <Download size={13} strokeWidth={1.75} aria-hidden="true" />
          {t.drawer.downloadQuarantine}
        </a>
        <Button
          small
          kind="primary"
          icon={<UploadIcon size={13} strokeWidth={1.75} aria-hidden="true" />}
          onClick={() => input.current?.click()}
        >
          {t.drawer.corrected}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t.drawer.corrected}
          onChange={(event) => {
            uploadFiles(event.target.files ?? [], { connection, replayOf: importId })
            event.target.value = ''
          }}
        />
      </p>
      {pages.isPending && <SkeletonRows rows={4} />}
      {pages.isError && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      <ul className="problems">
        {rows.map((row) => (
          <li key={row.row}>
            <span>
              <b className="num">
                {t.drawer.row} {count(row.row, locale)}
              </b>{' '}
              {row.replayed && <Badge tone="good">{t.drawer.replayed}</Badge>}
            </span>
            {row.problems.map((problem) => (
              <div key={`${problem.column}:${problem.code}`} className="problem-item">
                <small>
                  {problem.column && <code>{problem.column}</code>}{' '}
                  {problem.column && row.cells[problem.column] !== undefined && (
                    <span className="bad-text">“{row.cells[problem.column]}”</span>
                  )}{' '}
                  <code>{problem.code}</code>
                </small>
                <span title={problem.message}>{problemText(problem, locale)}</span>
                {remedyFor(problem.code, locale) && <small className="remedy">{remedyFor(problem.code, locale)}</small>}
              </div>
            ))}
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button small disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t.drawer.more}
        </Button>
      )}
    </section>
  )
}
