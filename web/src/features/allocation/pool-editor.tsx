import type { RuleDocument } from '@server/modules/allocation/contract'
import { type FormEvent, useState } from 'react'
import { Button, Drawer, SelectField, TextField } from '../../ui'
import { keyFor } from './conditions'
import { useAllocationMessages } from './messages'
import { TextArea } from './text-area'

export type Pool = RuleDocument['pools'][number]
const kinds = ['even', 'fixed', 'direct', 'usage', 'consumed', 'value', 'gpu'] as const
const measures = ['cost', 'calls', 'tokens', 'input_tokens', 'output_tokens', 'gpu_seconds', 'errors'] as const
const idles = ['owner', 'spread', 'unallocated'] as const
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/** One shared cost: how it is split, among whom, and what happens when nothing weighs. */
export function PoolEditor({
  document,
  pool,
  currency,
  onKeep,
  onClose,
}: {
  document: RuleDocument
  pool: Pool | null
  currency: string
  onKeep: (pool: Pool) => void
  onClose: () => void
}) {
  const t = useAllocationMessages()
  const split = pool?.split
  const [name, setName] = useState(pool?.name ?? '')
  const [owner, setOwner] = useState(pool?.owner ?? '')
  const [by, setBy] = useState<(typeof kinds)[number]>(split?.by ?? 'direct')
  const [shares, setShares] = useState(
    split?.by === 'fixed'
      ? Object.entries(split.shares)
          .map(([key, share]) => `${key} = ${share}`)
          .join('\n')
      : '',
  )
  const [measure, setMeasure] = useState<(typeof measures)[number]>(split?.by === 'usage' ? split.measure : 'cost')
  const [whose, setWhose] = useState(split?.by === 'usage' ? split.dimensions.join(', ') : 'team')
  const [partition, setPartition] = useState(pool?.partition ?? '')
  const [unit, setUnit] = useState(split?.by === 'consumed' ? (split.unit ?? '') : '')
  const [value, setValue] = useState(split?.by === 'value' ? split.value : '')
  const [cluster, setCluster] = useState(split?.by === 'gpu' ? split.cluster : '')
  const [idle, setIdle] = useState<(typeof idles)[number]>(split?.by === 'gpu' ? split.idle : 'owner')
  const [targets, setTargets] = useState(pool?.targets?.join('\n') ?? '')
  const [collects, setCollects] = useState(pool?.collects.join('\n') ?? '')
  const [fee, setFee] = useState(pool?.fee?.amount ?? '')
  const [floor, setFloor] = useState(pool?.floor?.amount ?? '')
  const [feeCurrency, setFeeCurrency] = useState(pool?.fee?.currency ?? pool?.floor?.currency ?? currency)
  const [onZero, setOnZero] = useState(
    pool && typeof pool.onZero === 'string' ? pool.onZero : pool ? 'keep' : 'unallocated',
  )
  const [touched, setTouched] = useState(false)

  const keep = (event: FormEvent) => {
    event.preventDefault()
    setTouched(true)
    if (name.trim() === '') return
    const taken = document.pools.map((other) => other.key).filter((key) => key !== pool?.key)
    const when = split && 'when' in split && split.by === by ? { when: split.when } : {}
    const made: Pool['split'] =
      by === 'fixed'
        ? {
            by,
            shares: Object.fromEntries(
              lines(shares)
                .map((line) => line.split('=').map((part) => part.trim()) as [string, string])
                .filter(([key, share]) => key && share),
            ),
          }
        : by === 'usage'
          ? {
              by,
              measure,
              dimensions: whose
                .split(',')
                .map((one) => one.trim())
                .filter(Boolean),
              ...when,
            }
          : by === 'consumed'
            ? { by, ...(unit.trim() ? { unit: unit.trim() } : {}), ...when }
            : by === 'value'
              ? { by, value: value.trim() }
              : by === 'gpu'
                ? { by, cluster: cluster.trim(), idle }
                : by === 'direct'
                  ? { by, ...(split?.by === 'direct' && split.column ? { column: split.column } : {}) }
                  : { by }
    const amount = (text: string) =>
      text.trim() === '' ? null : { amount: text.trim().replace(',', '.'), currency: feeCurrency }
    onKeep({
      key: pool?.key ?? keyFor(name, taken),
      name: name.trim(),
      owner: owner.trim(),
      collects: lines(collects),
      partition: partition.trim() || null,
      targets: lines(targets).length === 0 ? null : lines(targets),
      split: made,
      fee: amount(fee),
      floor: amount(floor),
      onZero: onZero === 'keep' ? pool!.onZero : (onZero as 'even' | 'unallocated'),
    })
  }

  return (
    <Drawer title={pool ? t.pool.pool : t.pool.newPool} onClose={onClose}>
      <form className="allocation-form" onSubmit={keep} noValidate>
        <TextField
          label={t.editor.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          problem={touched && name.trim() === '' ? t.editor.needName : undefined}
        />
        <SelectField
          label={t.pool.by}
          value={by}
          onChange={(event) => setBy(event.target.value as (typeof kinds)[number])}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t.pool.kinds[kind]}
            </option>
          ))}
        </SelectField>
        {by === 'fixed' && (
          <TextArea mono label={t.pool.shares} hint={t.pool.sharesHint} value={shares} onChange={setShares} />
        )}
        {by === 'usage' && (
          <>
            <SelectField
              label={t.pool.measure}
              value={measure}
              onChange={(event) => setMeasure(event.target.value as (typeof measures)[number])}
            >
              {measures.map((one) => (
                <option key={one} value={one}>
                  {t.pool.measures[one]}
                </option>
              ))}
            </SelectField>
            <TextField label={t.pool.whose} value={whose} onChange={(event) => setWhose(event.target.value)} />
          </>
        )}
        {by === 'consumed' && (
          <TextField label={t.pool.consumedUnit} value={unit} onChange={(event) => setUnit(event.target.value)} />
        )}
        {(by === 'usage' || by === 'consumed') && (
          <TextField
            label={t.pool.partition}
            hint={t.pool.partitionHint}
            value={partition}
            onChange={(event) => setPartition(event.target.value)}
          />
        )}
        {by === 'value' && (
          <TextField label={t.pool.valueName} value={value} onChange={(event) => setValue(event.target.value)} />
        )}
        {by === 'gpu' && (
          <>
            <TextField label={t.pool.cluster} value={cluster} onChange={(event) => setCluster(event.target.value)} />
            <SelectField
              label={t.pool.idle}
              value={idle}
              onChange={(event) => setIdle(event.target.value as (typeof idles)[number])}
            >
              {idles.map((one) => (
                <option key={one} value={one}>
                  {t.pool.idles[one]}
                </option>
              ))}
            </SelectField>
          </>
        )}
        {by !== 'fixed' && (
          <TextArea
            mono
            label={t.pool.targets}
            hint={t.pool.targetsHint}
            rows={2}
            value={targets}
            onChange={setTargets}
          />
        )}
        <div className="form-pair">
          <TextField
            label={t.pool.fee}
            inputMode="decimal"
            value={fee}
            onChange={(event) => setFee(event.target.value)}
          />
          <TextField
            label={t.pool.floor}
            inputMode="decimal"
            value={floor}
            onChange={(event) => setFloor(event.target.value)}
          />
        </div>
        {(fee.trim() !== '' || floor.trim() !== '') && (
          <TextField
            label={t.pool.currency}
            value={feeCurrency}
            maxLength={3}
            onChange={(event) => setFeeCurrency(event.target.value.toUpperCase())}
          />
        )}
        <SelectField label={t.pool.onZero} value={onZero} onChange={(event) => setOnZero(event.target.value as 'even')}>
          <option value="unallocated">{t.pool.zeros.unallocated}</option>
          <option value="even">{t.pool.zeros.even}</option>
          {pool && typeof pool.onZero !== 'string' && <option value="keep">{pool.onZero.unit}</option>}
        </SelectField>
        <TextArea mono label={t.pool.collects} rows={2} value={collects} onChange={setCollects} />
        <TextField label={t.editor.owner} value={owner} onChange={(event) => setOwner(event.target.value)} />
        <div className="form-buttons">
          <Button onClick={onClose}>{t.editor.cancel}</Button>
          <Button kind="primary" type="submit">
            {t.editor.keep}
          </Button>
        </div>
      </form>
    </Drawer>
  )
}
